export const up = async (knex) => {
  await knex.raw('ALTER TABLE events ADD PRIMARY KEY (id, at)');
  await knex.schema.alterTable('events', (t) => {
    t.index(['site_id', 'at'], 'events_site');
    t.index(knex.raw("(props->>'path')"), 'events_path');
  });
};

export const down = async (knex) => {
  await knex.schema.alterTable('events', (t) => {
    t.dropIndex([], 'events_path');
    t.dropIndex([], 'events_site');
    t.dropPrimary('events_pkey');
  });
};
