import type { Knex } from "knex";

const STATES = ["open", "doing", "done"] as const;

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`CREATE TYPE shared.task_state AS ENUM (${STATES.map((state) => `'${state}'`).join(", ")})`);
  for (const schema of ["tenant_mueller", "tenant_obrien"]) {
    await knex.raw(`ALTER TABLE "${schema}".tasks ALTER COLUMN state DROP DEFAULT`);
    await knex.raw(`ALTER TABLE "${schema}".tasks ALTER COLUMN state TYPE shared.task_state USING ((ARRAY['open','doing','done'])[state + 1])::shared.task_state`);
    await knex.raw(`ALTER TABLE "${schema}".tasks ALTER COLUMN state SET DEFAULT 'open'`);
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const schema of ["tenant_mueller", "tenant_obrien"]) {
    await knex.raw(`
      ALTER TABLE "${schema}".tasks
        ALTER COLUMN state DROP DEFAULT,
        ALTER COLUMN state TYPE smallint USING array_position('{open,doing,done}'::text[], state::text) - 1,
        ALTER COLUMN state SET DEFAULT 0`);
  }
  await knex.raw("DROP TYPE shared.task_state");
}
