import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  const subdomains: string[] = await knex("shared.accounts").orderBy("subdomain").pluck("subdomain");
  const parts = subdomains.map((name) => `SELECT '${name}'::text AS tenant, id, summary, state, due FROM tenant_${name}.tasks`);
  await knex.raw(`CREATE OR REPLACE VIEW shared.all_tasks AS ${parts.join("\nUNION ALL\n")}`);
  await knex.schema.withSchema("shared").createMaterializedView("task_counts", (view) => {
    view.columns(["tenant", "tasks"]);
    view.as(knex("shared.all_tasks").select("tenant").count("*").groupBy("tenant"));
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.withSchema("shared").dropMaterializedView("task_counts");
  await knex.raw("DROP VIEW shared.all_tasks");
}
