export const up = async (knex) => {
  await knex.raw('CREATE INDEX events_visitor ON events USING hash (visitor)');
  await knex.raw("ALTER TABLE events ADD COLUMN path text GENERATED ALWAYS AS (lower(props ->> 'path')) STORED");
};

export const down = async (knex) => {
  await knex.raw('ALTER TABLE events DROP COLUMN path');
  await knex.raw('DROP INDEX events_visitor');
};
