import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw("CREATE UNIQUE INDEX members_email_account ON shared.members (email, account_id)");
  await knex.raw("ALTER TABLE shared.members DROP CONSTRAINT members_account_id_email_unique, ADD CONSTRAINT members_once UNIQUE USING INDEX members_email_account");
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable("shared.members", (t) => {
    t.dropUnique([], "members_once");
  });
  await knex.raw("ALTER TABLE shared.members ADD CONSTRAINT members_account_id_email_unique UNIQUE (account_id, email)");
}
