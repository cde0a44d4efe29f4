import type { Knex } from "knex";

const TABLES = [
  ["tenant_mueller", "projects"],
  ["tenant_mueller", "tasks"],
  ["tenant_obrien", "projects"],
  ["tenant_obrien", "tasks"],
] as const;

export async function up(knex: Knex): Promise<void> {
  for (const [schema, name] of TABLES) {
    await knex.schema.withSchema(schema).alterTable(name, (t) => {
      t.timestamp("deleted_at", { precision: 0 }).index(`${name}_deleted_at`);
    });
  }
  const archived = await knex("tenant_obrien.projects").update({ archived: true }).where("title", "like", "First%").returning("id");
  await knex("tenant_obrien.projects").whereIn("id", archived.map((row: { id: number }) => row.id)).update("deleted_at", "2021-05-05T00:00:00Z");
  for (const [schema] of [TABLES[0], TABLES[2]]) {
    await knex.schema.withSchema(schema).table("projects", (t) => t.dropColumn("archived"));
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const [schema] of [TABLES[0], TABLES[2]]) {
    await knex.schema.withSchema(schema).table("projects", (t) => {
      t.boolean("archived").notNullable().defaultTo(false);
    });
    await knex(`${schema}.projects`).whereNotNull("deleted_at").update({ archived: true });
  }
  for (const [schema, name] of TABLES) await knex.schema.withSchema(schema).alterTable(name, (t) => t.dropColumn("deleted_at"));
}
