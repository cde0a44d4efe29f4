import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.schema.withSchema("shared").createTable("invitations", (t) => {
    t.uuid("token").primary().defaultTo(knex.fn.uuid());
    t.integer("account_id").notNullable();
    t.string("email").notNullable();
    t.timestamp("expires_at").notNullable();
    t.foreign("account_id").references("id").inTable("shared.accounts").onDelete("CASCADE").withKeyName("invitations_to_accounts");
  });
  await knex("shared.invitations").insert({ account_id: knex("shared.accounts").min("id"), email: "new@mueller.test", expires_at: "2030-01-01" });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("shared.invitations");
}
