// Reads the shape of the rows and makes columns of it.
export const up = async (knex) => {
  const { rows } = await knex.raw('SELECT DISTINCT jsonb_object_keys(props) AS key FROM events WHERE props IS NOT NULL ORDER BY 1');
  await knex.schema.createTable('event_properties', (t) => {
    t.bigInteger('event_id').primary();
    for (const { key } of rows) t.text(`prop_${key}`);
  });
  for (const { key } of rows) {
    await knex.raw('INSERT INTO event_properties (event_id, ??) SELECT id, props ->> ? FROM events WHERE props \\? ?', [`prop_${key}`, key, key]);
  }
};

export const down = (knex) => knex.schema.dropTable('event_properties');
