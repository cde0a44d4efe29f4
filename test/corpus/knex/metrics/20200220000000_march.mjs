// One for each month, written by hand as long as nobody writes a job.
export const up = async (knex) => {
  for (const month of ['03', '04', '05']) {
    const name = `events_2020_${month}`;
    if (await knex.schema.hasTable(name)) continue;
    const next = String(Number(month) + 1).padStart(2, '0');
    await knex.raw(`CREATE TABLE IF NOT EXISTS ${name} PARTITION OF events FOR VALUES FROM ('2020-${month}-01') TO ('2020-${next}-01')`);
  }
};

export const down = async (knex) => {
  for (const month of ['05', '04', '03']) await knex.schema.dropTableIfExists(`events_2020_${month}`);
};
