import type { Knex } from "knex";

const tenants = ["mueller", "obrien"].map((name) => `tenant_${name}`);

export async function up(knex: Knex): Promise<void> {
  const trx = await knex.transaction();
  try {
    for (const schema of tenants) {
      await trx.schema.withSchema(schema).createTable("comments", (t) => {
        t.bigIncrements();
        t.bigInteger("task_id").notNullable().references("id").inTable(`${schema}.tasks`).onDelete("CASCADE");
        t.bigInteger("author_id");
        t.text("body").notNullable();
        t.timestamps(false, false, true);
      });
      const tasks = trx.withSchema(schema).from("tasks").select("id", trx.raw("'Re: ' || summary")).orderBy("id");
      await trx(trx.raw("??.comments (task_id, body)", [schema])).insert(tasks);
    }
    await trx.commit();
  } catch (error) {
    await trx.rollback();
    throw error;
  }
}

export const down = async (knex: Knex) => {
  for (const schema of tenants) await knex.schema.withSchema(schema).dropTable("comments");
};
