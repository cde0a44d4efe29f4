import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.schema.withSchema("shared").alterTable("accounts", (t) => {
    t.jsonb("settings").notNullable().defaultTo(JSON.stringify({ locale: "en", "week starts": "monday" }));
    t.string("locale").nullable();
  });
  await knex("shared.accounts").where("subdomain", "mueller").update({ settings: knex.raw("jsonb_set(settings, ?, ?)", ["{locale}", '"de"']) });
  await knex("shared.accounts").update({ locale: knex.raw("settings->>'locale'") });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.withSchema("shared").alterTable("accounts", (t) => t.dropColumns("settings", "locale"));
}
