import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE shared.usage (
      account_id integer NOT NULL REFERENCES shared.accounts ON DELETE CASCADE,
      metric text NOT NULL,
      day date NOT NULL,
      amount bigint NOT NULL DEFAULT 0,
      PRIMARY KEY (account_id, metric, day)
    ) PARTITION BY LIST (account_id)`);
  const ids: number[] = await knex("shared.accounts").orderBy("id").pluck("id");
  for (const id of ids) {
    await knex.raw(`CREATE TABLE shared.usage_${id} PARTITION OF shared.usage FOR VALUES IN (${Number(id)})`);
  }
  await knex("shared.usage").insert(ids.map((account_id) => ({ account_id, metric: "tasks", day: "2021-06-01", amount: 5 })));
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("shared.usage");
}
