import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  const accounts = await knex("shared.accounts").select("id", "subdomain").orderBy("id");
  const rows = accounts.flatMap(({ id, subdomain }) => ["b", "a", "c"].map((name) => ({ account_id: id, email: `${name}@${subdomain}.test` })));
  await knex.batchInsert("shared.members", rows, 4);
  await knex("shared.members").where("email", "like", "a@%").update({ roles: knex.raw("array_append(roles, ?)", ["admin"]) });
}

export async function down(knex: Knex): Promise<void> {
  await knex("shared.members").whereRaw("split_part(email, '@', 1) IN (?, ?, ?)", ["a", "b", "c"]).del();
  await knex.raw("TRUNCATE shared.audit RESTART IDENTITY");
}
