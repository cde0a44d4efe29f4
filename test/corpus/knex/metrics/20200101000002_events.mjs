export const up = (knex) =>
  knex.raw(`
    CREATE TABLE events (
      id bigint GENERATED ALWAYS AS IDENTITY,
      site_id integer NOT NULL REFERENCES "Sites" ("Id"),
      at timestamp without time zone NOT NULL,
      name text COLLATE "C" NOT NULL,
      props jsonb,
      visitor bigint NOT NULL
    ) PARTITION BY RANGE (at);
    CREATE TABLE events_2020_01 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
    CREATE TABLE events_2020_02 PARTITION OF events FOR VALUES FROM ('2020-02-01') TO ('2020-03-01');
    CREATE INDEX events_at ON events USING brin (at) WITH (pages_per_range = 32);
  `);

export const down = (knex) => knex.raw('DROP TABLE events');
