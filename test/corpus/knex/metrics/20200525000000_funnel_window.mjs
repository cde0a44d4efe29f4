export const up = async (knex) => {
  await knex.raw("ALTER TABLE funnels ADD COLUMN window_days integer NOT NULL DEFAULT 30, ADD COLUMN active tstzrange NOT NULL DEFAULT '[2020-01-01,)', ADD CONSTRAINT funnels_window CHECK (window_days > 0)");
  await knex.raw('ALTER TABLE funnels ADD CONSTRAINT funnels_active EXCLUDE USING gist (active WITH &&, int4range(id, id, \'[]\') WITH =) WHERE (window_days < 1000)');
};

export const down = (knex) => knex.raw('ALTER TABLE funnels DROP CONSTRAINT funnels_active, DROP COLUMN active, DROP COLUMN window_days');
