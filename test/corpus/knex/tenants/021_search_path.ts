import type { Knex } from "knex";

// In a transaction SET LOCAL is gone with it.
export async function up(knex: Knex): Promise<void> {
  for (const schema of ["tenant_mueller", "tenant_obrien"]) {
    await knex.raw(`SET LOCAL search_path TO ${schema}, shared`);
    await knex.schema.createTable("labels", (t) => {
      t.increments();
      t.string("name").notNullable().unique();
      t.string("colour", 7).notNullable().defaultTo("#ffffff").checkRegex("^#[0-9a-f]{6}$", "labels_colour");
    });
    await knex("labels").insert([{ name: "urgent", colour: "#ff0000" }, { name: "later" }]);
  }
  await knex.raw("SET LOCAL search_path TO DEFAULT");
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TABLE tenant_mueller.labels, tenant_obrien.labels");
}
