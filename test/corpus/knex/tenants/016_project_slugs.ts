import type { Knex } from "knex";

const slugify = (title: string, id: number) => `${title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}-${id}`;

export async function up(knex: Knex): Promise<void> {
  for (const schema of ["tenant_mueller", "tenant_obrien"]) {
    if (!(await knex.schema.withSchema(schema).hasColumn("projects", "slug"))) {
      await knex.schema.withSchema(schema).alterTable("projects", (t) => t.string("slug"));
    }
    const projects = await knex.withSchema(schema).select("*").from("projects").whereNull("slug");
    for (const { id, title } of projects) {
      await knex("projects").withSchema(schema).where({ id }).update({ slug: slugify(title, id) });
    }
    await knex.schema.withSchema(schema).alterTable("projects", (t) => {
      t.string("slug").notNullable().unique().alter();
    });
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const schema of ["tenant_mueller", "tenant_obrien"]) {
    await knex.schema.withSchema(schema).alterTable("projects", (t) => t.dropColumn("slug"));
  }
}
