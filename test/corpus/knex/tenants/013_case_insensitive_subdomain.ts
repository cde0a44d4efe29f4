import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.schema.withSchema("shared").alterTable("accounts", (t) => {
    t.dropUnique(["subdomain"]);
  });
  await knex.raw('CREATE UNIQUE INDEX "accounts_subdomain_ci" ON "shared"."accounts" (lower("subdomain") COLLATE "C")');
  await knex.raw("ALTER TABLE shared.accounts ADD CONSTRAINT subdomain_format CHECK (subdomain ~ '^[a-z][a-z0-9-]{1,61}$')");
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE shared.accounts DROP CONSTRAINT subdomain_format");
  await knex.raw('DROP INDEX "shared"."accounts_subdomain_ci"');
  await knex.schema.withSchema("shared").alterTable("accounts", (t) => t.unique(["subdomain"]));
}
