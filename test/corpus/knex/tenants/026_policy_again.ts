import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    DROP POLICY IF EXISTS members_isolation ON shared.members;
    CREATE POLICY members_isolation ON shared.members FOR ALL TO PUBLIC
      USING (account_id = nullif(current_setting('app.account', true), '')::integer OR 'support' = ANY (roles))
      WITH CHECK (account_id = nullif(current_setting('app.account', true), '')::integer);
    ALTER POLICY invitations_isolation ON shared.invitations USING (account_id > 0);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("ALTER POLICY invitations_isolation ON shared.invitations USING (account_id = nullif(current_setting('app.account', true), '')::integer)");
  await knex.raw("DROP POLICY members_isolation ON shared.members");
  await knex.raw("CREATE POLICY members_isolation ON shared.members USING (account_id = nullif(current_setting('app.account', true), '')::integer)");
}
