import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await Promise.all(
    ["tenant_mueller", "tenant_obrien"].map(async (schema) => {
      await knex.schema.withSchema(schema).createTable("tasks_labels", (t) => {
        t.bigInteger("task_id").notNullable();
        t.integer("label_id").notNullable();
        t.primary(["task_id", "label_id"]);
        t.foreign("task_id").references("id").inTable(`${schema}.tasks`).onDelete("CASCADE");
        t.foreign("label_id").references("id").inTable(`${schema}.labels`).onDelete("CASCADE");
      });
      await knex.raw(`INSERT INTO ${schema}.tasks_labels SELECT t.id, l.id FROM ${schema}.tasks t, ${schema}.labels l WHERE l.name = 'later' AND t.state = 'open'`);
    }),
  );
}

export async function down(knex: Knex): Promise<void> {
  await Promise.all(["tenant_mueller", "tenant_obrien"].map((schema) => knex.schema.withSchema(schema).dropTable("tasks_labels")));
}
