import type { Knex } from "knex";

// Every tenant, side by side.
const forTenants = async (knex: Knex, change: (schema: string) => PromiseLike<unknown>) => {
  const { rows } = await knex.raw("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'tenant\\_%' ORDER BY 1");
  await Promise.all(rows.map(({ nspname }: { nspname: string }) => change(nspname)));
};

export const up = (knex: Knex) =>
  forTenants(knex, (schema) =>
    knex.schema.withSchema(schema).alterTable("tasks", (t) => {
      t.date("due");
      t.integer("priority").notNullable().defaultTo(3).comment("1 is highest");
      t.specificType("estimate", "interval hour to minute");
    }),
  );

export const down = (knex: Knex) =>
  forTenants(knex, (schema) => knex.schema.withSchema(schema).alterTable("tasks", (t) => t.dropColumns("due", "priority", "estimate")));
