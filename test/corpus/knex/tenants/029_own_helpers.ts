import type { Knex } from "knex";

async function constraintExists(knex: Knex, table: string, name: string): Promise<boolean> {
  const found = await knex("pg_constraint").whereRaw("conrelid = ?::regclass", [table]).where("conname", name).first("oid");
  return found !== undefined;
}

async function addCheck(knex: Knex, table: string, name: string, expression: string): Promise<void> {
  if (await constraintExists(knex, table, name)) return;
  await knex.raw(`ALTER TABLE ${table} ADD CONSTRAINT ?? CHECK (${expression})`, [name]);
}

export async function up(knex: Knex): Promise<void> {
  await addCheck(knex, "shared.plans", "plans_price", "price >= 0");
  await addCheck(knex, "shared.plans", "plans_seats", "seats IS NULL OR seats > 0");
  await addCheck(knex, "shared.plans", "plans_price", "price >= 0");
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.withSchema("shared").alterTable("plans", (t) => t.dropChecks(["plans_price", "plans_seats"]));
}
