import type { Knex } from "knex";

export const config = { transaction: false };

export async function up(knex: Knex): Promise<void> {
  await knex.raw("ALTER TYPE shared.task_state ADD VALUE IF NOT EXISTS 'blocked' BEFORE 'done'");
}

// Values of an enum can't be taken back.
export async function down(): Promise<void> {}
