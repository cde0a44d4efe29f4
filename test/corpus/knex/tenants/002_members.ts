import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.schema.withSchema("shared").createTable("members", (table) => {
    table.bigIncrements("id", { primaryKey: false });
    table.integer("account_id").unsigned().notNullable().references("id").inTable("shared.accounts").onDelete("CASCADE");
    table.string("email").notNullable();
    table.specificType("roles", "varchar(20)[]").notNullable().defaultTo("{}");
    table.primary(["account_id", "id"]);
    table.unique(["account_id", "email"]);
  });
}

export const down = (knex: Knex) => knex.schema.withSchema("shared").dropTableIfExists("members");
