export const up = async (knex) => {
  await knex.raw('ALTER TABLE goal ADD COLUMN created date NOT NULL DEFAULT \'2020-03-05\'');
  await knex.raw('ALTER TABLE goal_event NO INHERIT goal');
  await knex.raw('ALTER TABLE goal_event ADD PRIMARY KEY (id), ALTER COLUMN created DROP DEFAULT');
};

export const down = async (knex) => {
  await knex.raw('ALTER TABLE goal_event DROP CONSTRAINT goal_event_pkey, ALTER COLUMN created SET DEFAULT \'2020-03-05\'');
  await knex.raw('ALTER TABLE goal_event INHERIT goal');
  await knex.raw('ALTER TABLE goal DROP COLUMN created');
};
