import type { Knex } from "knex";

// The key of two columns was a bad idea.
export async function up(knex: Knex): Promise<void> {
  await knex.schema.withSchema("shared").alterTable("members", (t) => {
    t.dropPrimary();
    t.primary(["id"], { constraintName: "members_id" });
    t.index("account_id");
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.withSchema("shared").alterTable("members", (t) => {
    t.dropIndex("account_id");
    t.dropPrimary("members_id");
    t.primary(["account_id", "id"]);
  });
}
