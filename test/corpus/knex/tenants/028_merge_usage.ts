import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  const rows = await knex("shared.accounts as a").join("shared.members as m", "m.account_id", "a.id").groupBy("a.id").select("a.id as account_id").count("m.id as amount");
  await knex("shared.usage")
    .insert(rows.map((row) => ({ ...row, metric: "members", day: "2021-06-02" })))
    .onConflict(["account_id", "metric", "day"])
    .merge(["amount"]);
  await knex("shared.usage").where({ metric: "tasks" }).increment("amount", 2);
}

export async function down(knex: Knex): Promise<void> {
  await knex("shared.usage").where({ metric: "tasks" }).decrement("amount", 2);
  await knex("shared.usage").where({ metric: "members" }).del();
}
