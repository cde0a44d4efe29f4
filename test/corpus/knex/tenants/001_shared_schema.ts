import { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createSchemaIfNotExists("shared");
  await knex.schema.withSchema("shared").createTable("accounts", (table) => {
    table.increments("id");
    table.string("name", 100).notNullable();
    table.string("subdomain", 63).notNullable().unique();
    table.enum("plan", ["free", "team", "enterprise"]).notNullable().defaultTo("free");
    table.timestamp("created_at").notNullable().defaultTo(knex.fn.now());
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.withSchema("shared").dropTable("accounts");
  await knex.schema.dropSchema("shared");
}
