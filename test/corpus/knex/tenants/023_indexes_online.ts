import type { Knex } from "knex";

export const config = { transaction: false };

const TENANTS = ["tenant_mueller", "tenant_obrien"];

export async function up(knex: Knex): Promise<void> {
  for (const tenant of TENANTS) {
    await knex.raw("CREATE INDEX CONCURRENTLY IF NOT EXISTS tasks_due ON ??.tasks (due) WHERE due IS NOT NULL", [tenant]);
  }
  await knex.raw("CREATE UNIQUE INDEX CONCURRENTLY invitations_email ON shared.invitations (account_id, lower(email))");
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP INDEX CONCURRENTLY shared.invitations_email");
  for (const tenant of TENANTS) await knex.raw("DROP INDEX CONCURRENTLY IF EXISTS ??.tasks_due", [tenant]);
}
