export const up = async (knex) => {
  await knex.schema.createTable('settings', (t) => {
    t.integer('site_id').notNullable();
    t.string('name').notNullable();
    t.jsonb('value');
    t.primary(['site_id', 'name']);
  });
  for (const value of [1, 2, 2]) {
    await knex.raw(
      `INSERT INTO settings (site_id, name, value) SELECT id, ?, to_jsonb(?::int) FROM sites
       ON CONFLICT (site_id, name) DO UPDATE SET value = excluded.value WHERE settings.value IS DISTINCT FROM excluded.value`,
      ['retention', value]
    );
  }
};

export const down = (knex) => knex.schema.dropTable('settings');
