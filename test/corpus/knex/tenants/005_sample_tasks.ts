import type { Knex } from "knex";

const SCHEMAS = ["tenant_mueller", "tenant_obrien"];

export async function up(knex: Knex): Promise<void> {
  for (const schema of SCHEMAS) {
    const [project] = await knex("projects").withSchema(schema).insert({ title: `First of ${schema}` }, ["id"]);
    await knex.raw("INSERT INTO ??.tasks (project_id, summary, state) SELECT ?, 'Task ' || n, n % 3 FROM generate_series(1, ?::int) n", [schema, project!.id, 5]);
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const schema of SCHEMAS) await knex.raw("TRUNCATE ??.?? RESTART IDENTITY CASCADE", [schema, "projects"]);
}
