export const up = (knex) =>
  knex.raw(`
    CREATE TABLE goal (id serial PRIMARY KEY, site_id integer NOT NULL, title text NOT NULL CHECK (title <> ''));
    CREATE TABLE goal_pageview (path text NOT NULL) INHERITS (goal);
    CREATE TABLE goal_event (name text NOT NULL, amount numeric) INHERITS (goal);
    INSERT INTO goal_pageview (site_id, title, path) VALUES (1, 'Landing', '/1');
    INSERT INTO goal_event (site_id, title, name) VALUES (1, 'Sign up', 'sign:up');
  `);

export const down = async (knex) => {
  await knex.raw('DROP TABLE goal_event');
  await knex.raw('DROP TABLE goal_pageview');
  await knex.raw('DROP TABLE goal');
};
