/** `holdfast check`: is a database what the lock file says? */
import { parseArgs } from 'node:util';
import { InvalidArgumentError, ignoredTables, readCatalogLines } from '@holdfast/core';
import { withConnection } from '../connection.js';
import { EXIT, type Io } from '../exit.js';
import { readLockFile } from '../lock-file.js';
import { describeDrift, driftOf } from './drift.js';

const OPERATION = 'holdfast check';
const HELP = `Usage: holdfast check [options]

Compares a database with holdfast.lock.json: what is missing, what is different, what is there besides in the
objects that migrations made. Reads the catalog once, locks nothing, changes nothing.

Options:
  --url <connection string>   Default: DATABASE_URL, else PGHOST, PGDATABASE, PGUSER, ... as for psql.
  --lock-file <file>          Default: holdfast.lock.json in this folder, migrations, src/migrations, src/migration or
                              db/migrations.
  --at <migration>            The database is to be as after this one. Default: the last.
  --json                      The result as JSON on stdout.
  --help

Exit codes:
  0    no difference
  1    differences
  2    wrong options
  125  no connection, or no such file`;

const OPTIONS = {
  url: { type: 'string' },
  'lock-file': { type: 'string' },
  at: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

export const check = {
  summary: 'compare a database with the lock of its schema',
  help: HELP,
  async run(args: readonly string[], io: Io): Promise<number> {
    const values = parse(args);
    const { path, lock } = readLockFile(values['lock-file'], OPERATION);
    const last =
      values.at === undefined
        ? lock.migrations.length - 1
        : lock.migrations.findIndex(({ name }) => name === values.at);
    if (values.at !== undefined && last === -1) throw wrong(`--at ${values.at}: ${path} has no such migration.`);
    const found = await withConnection({ url: values.url, operation: OPERATION, env: io.env }, (client) =>
      readCatalogLines(client, { ignoreTables: ignoredTables(lock) }),
    );
    const drift = driftOf(lock, last, found);
    const at = lock.migrations[last]?.name ?? null;
    if (values.json) io.out(JSON.stringify({ lockFile: path, at, same: drift.length === 0, differences: drift }));
    else io.out(drift.length === 0 ? `The database is as after ${at}.` : describeDrift(drift, at));
    return drift.length === 0 ? 0 : EXIT.different;
  },
};

function wrong(happened: string, cause?: unknown): InvalidArgumentError {
  return new InvalidArgumentError({
    operation: OPERATION,
    target: '',
    happened,
    left: '',
    hint: 'holdfast check --help tells all options.',
    cause,
  });
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (cause) {
    throw wrong((cause as Error).message, cause);
  }
}
