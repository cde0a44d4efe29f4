import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw("ALTER SCHEMA tenant_obrien RENAME TO \"tenant o'brien\"");
  await knex.raw("UPDATE shared.accounts SET name = ? WHERE subdomain = ?", ["O'Brien & Co?", "obrien"]);
  await knex.schema.withSchema("tenant o'brien").renameTable("labels", "Labels");
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.withSchema("tenant o'brien").renameTable("Labels", "labels");
  await knex.raw("UPDATE shared.accounts SET name = 'O''Brien Ltd.' WHERE subdomain = 'obrien'");
  await knex.raw("ALTER SCHEMA \"tenant o'brien\" RENAME TO tenant_obrien");
}
