/** Migrations in memory, run by Knex, with their bodies guarded. */
import type { Outcome } from '@holdfast/core';
import { type GuardedOptions, guarded } from '@holdfast/knex';
import type { Knex } from 'knex';

export type Up = (knex: Knex) => unknown;

export interface Ran {
  /** What became of each statement that changes the schema: `applied ALTER TABLE`. */
  readonly outcomes: readonly string[];
  readonly error: Record<string, unknown> | undefined;
}

/** Where a body runs. */
export const PLACES = [
  ['in a transaction', undefined],
  ['without one', { transaction: false }],
] as const;

/** Runs `up` guarded, by `knex migrate:latest`, as if the ledger were lost each time. */
export async function migrate(
  db: Knex,
  up: Up,
  { config, ...options }: GuardedOptions & { readonly config?: { readonly transaction: boolean } | undefined } = {},
): Promise<Ran> {
  const outcomes: string[] = [];
  const migration = guarded(
    { up, down: () => undefined, ...(config === undefined ? {} : { config }) },
    {
      ...options,
      onEvent: (event) => {
        if (event.type === 'outcome') outcomes.push(printed(event.outcome));
        options.onEvent?.(event);
      },
    },
  );
  await db.schema.dropTableIfExists('knex_migrations');
  try {
    await db.migrate.latest({ migrationSource: sourceOf({ '1_body': migration }) });
  } catch (error) {
    return { outcomes, error: error as Record<string, unknown> };
  }
  return { outcomes, error: undefined };
}

function printed({ status, operation }: Outcome): string {
  return `${status} ${operation}`;
}

/** In the order of their names. */
export function sourceOf(migrations: Readonly<Record<string, unknown>>): Knex.MigrationSource<string> {
  return {
    getMigrations: () => Promise.resolve(Object.keys(migrations).sort()),
    getMigrationName: (name) => name,
    getMigration: (name) => Promise.resolve(migrations[name] as Knex.Migration),
  };
}
