import type { Knex } from "knex";

const schemaOf = (subdomain: string) => `tenant_${subdomain}`;

export async function up(knex: Knex): Promise<void> {
  const subdomains: string[] = await knex.withSchema("shared").table("accounts").orderBy("id").pluck("subdomain");
  for (const subdomain of subdomains) {
    const schema = schemaOf(subdomain);
    await knex.schema.createSchema(schema);
    await knex.schema
      .withSchema(schema)
      .createTable("projects", (t) => {
        t.increments();
        t.string("title", 200).notNullable();
        t.boolean("archived").notNullable().defaultTo(false);
      })
      .createTable("tasks", (t) => {
        t.bigIncrements();
        t.integer("project_id").notNullable().references("id").inTable(`${schema}.projects`).onDelete("CASCADE");
        t.text("summary").notNullable();
        t.smallint("state").notNullable().defaultTo(0);
        t.index(["project_id", "state"]);
      });
  }
}

export async function down(knex: Knex): Promise<void> {
  const subdomains: string[] = await knex("shared.accounts").orderBy("id").pluck("subdomain");
  for (const subdomain of subdomains) {
    await knex.schema.dropSchema(schemaOf(subdomain), true);
  }
}
