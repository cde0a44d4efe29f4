import type { Knex } from "knex";

const TABLES = ["members", "invitations"];

export async function up(knex: Knex): Promise<void> {
  for (const table of TABLES) {
    await knex.raw("ALTER TABLE shared.?? ENABLE ROW LEVEL SECURITY", [table]);
    await knex.raw(`CREATE POLICY ${table}_isolation ON shared.${table} USING (account_id = nullif(current_setting('app.account', true), '')::integer)`);
  }
  await knex.raw("GRANT USAGE ON SCHEMA shared TO PUBLIC");
  await knex.raw("GRANT SELECT, INSERT, UPDATE, DELETE ON shared.members, shared.invitations TO PUBLIC");
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("REVOKE ALL ON shared.members, shared.invitations FROM PUBLIC");
  await knex.raw("REVOKE USAGE ON SCHEMA shared FROM PUBLIC");
  for (const table of TABLES) {
    await knex.raw(`DROP POLICY ${table}_isolation ON shared.${table}`);
    await knex.raw(`ALTER TABLE shared.${table} DISABLE ROW LEVEL SECURITY`);
  }
}
