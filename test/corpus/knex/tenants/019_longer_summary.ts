import type { Knex } from "knex";

// The view stands in the way of the column's type.
export async function up(knex: Knex): Promise<void> {
  await knex.raw("DROP MATERIALIZED VIEW shared.task_counts");
  const { rows } = await knex.raw("SELECT pg_get_viewdef('shared.all_tasks'::regclass) AS definition");
  await knex.raw("DROP VIEW shared.all_tasks");
  for (const schema of ["tenant_mueller", "tenant_obrien"]) {
    await knex.raw("ALTER TABLE ??.tasks ALTER summary TYPE varchar(4000)", [schema]);
  }
  await knex.raw(`CREATE VIEW shared.all_tasks AS ${rows[0].definition}`);
  await knex.raw("CREATE MATERIALIZED VIEW shared.task_counts (tenant, tasks) AS SELECT tenant, count(*) FROM shared.all_tasks GROUP BY 1");
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP MATERIALIZED VIEW shared.task_counts");
  const { rows } = await knex.raw("SELECT pg_get_viewdef('shared.all_tasks'::regclass) AS definition");
  await knex.raw("DROP VIEW shared.all_tasks");
  for (const schema of ["tenant_mueller", "tenant_obrien"]) {
    await knex.raw("ALTER TABLE ??.tasks ALTER summary TYPE text", [schema]);
  }
  await knex.raw(`CREATE VIEW shared.all_tasks AS ${rows[0].definition.replaceAll("::character varying", "")}`);
  await knex.raw("CREATE MATERIALIZED VIEW shared.task_counts (tenant, tasks) AS SELECT tenant, count(*) FROM shared.all_tasks GROUP BY 1");
}
