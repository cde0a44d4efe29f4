/** Options of the commands that note something about migrations in the database. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { InvalidArgumentError } from '@holdfast/core';

export const TARGET_OPTIONS = {
  url: { type: 'string' },
  'lock-file': { type: 'string' },
  'journal-schema': { type: 'string' },
} as const;

export interface TargetValues {
  readonly url?: string | undefined;
  readonly 'lock-file'?: string | undefined;
  readonly 'journal-schema'?: string | undefined;
}

/** Their lines in the help of each command. */
export const TARGET_HELP = `  --url <connection string>   Default: DATABASE_URL, else PGHOST, PGDATABASE, PGUSER, ... as for psql.
  --lock-file <file>          Default: holdfast.lock.json in this folder, migrations, src/migrations, src/migration or
                              db/migrations.
  --journal-schema <schema>   Of the table holdfast_journal, where the guard has the option journalSchema.
                              Default: where the table is, else the schema of the runner's ledger.`;

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<T extends Options> = ReturnType<typeof parseArgs<{ args: string[]; options: T; allowPositionals: true }>>;

/** Throws `InvalidArgumentError` for unknown options. */
export function parse<T extends Options>(operation: string, args: readonly string[], options: T): Parsed<T> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    throw wrong(operation, (cause as Error).message, cause);
  }
}

export function wrong(operation: string, happened: string, cause?: unknown): InvalidArgumentError {
  return new InvalidArgumentError({
    operation,
    target: '',
    happened,
    left: '',
    hint: `${operation} --help tells all options.`,
    cause,
  });
}
