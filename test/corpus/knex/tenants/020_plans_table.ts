import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.schema.withSchema("shared").createTable("plans", (t) => {
    t.string("code", 20).primary();
    t.decimal("price", 8, 2).notNullable();
    t.integer("seats").nullable();
  });
  await knex("shared.plans")
    .insert([
      { code: "free", price: 0, seats: 3 },
      { code: "team", price: 49, seats: 20 },
      { code: "enterprise", price: 499, seats: null },
    ])
    .onConflict("code")
    .merge();
  await knex.raw("ALTER TABLE shared.accounts DROP CONSTRAINT accounts_plan_check");
  await knex.schema.alterTable("shared.accounts", (t) => {
    t.renameColumn("plan", "plan_code");
  });
  await knex.raw("ALTER TABLE shared.accounts ALTER plan_code TYPE varchar(20), ADD CONSTRAINT accounts_to_plans FOREIGN KEY (plan_code) REFERENCES shared.plans ON UPDATE CASCADE");
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE shared.accounts DROP CONSTRAINT accounts_to_plans, ALTER plan_code TYPE text");
  await knex.raw("ALTER TABLE shared.accounts RENAME plan_code TO plan");
  await knex.raw("ALTER TABLE shared.accounts ADD CONSTRAINT accounts_plan_check CHECK (plan IN ('free', 'team', 'enterprise'))");
  await knex.schema.dropTable("shared.plans");
}
