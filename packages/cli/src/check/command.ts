/** `holdfast check`: is a database what the lock file says? */
import { existsSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type CatalogLines,
  catalogDifference,
  catalogsOf,
  footprintOf,
  InvalidArgumentError,
  ignoredTables,
  parseSchemaLock,
  RefusedError,
  readCatalogLines,
  type SchemaLock,
} from '@holdfast/core';
import pg from 'pg';
import { EXIT, type Io } from '../exit.js';

const OPERATION = 'holdfast check';
const HELP = `Usage: holdfast check [options]

Compares a database with holdfast.lock.json: what is missing, what is different, what is there besides in the
objects that migrations made. Reads the catalog once, locks nothing, changes nothing.

Options:
  --url <connection string>   Default: DATABASE_URL, else PGHOST, PGDATABASE, PGUSER, ... as for psql.
  --lock-file <file>          Default: holdfast.lock.json in this folder, migrations, src/migrations or src/migration.
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

interface Drift {
  readonly object: string;
  /** `own`: no migration ever made it, and it is part of a table that one made. */
  readonly problem: 'missing' | 'different' | 'own';
  readonly expected: string | null;
  readonly found: string | null;
  /** The last migration that touched it. */
  readonly migration: string | null;
}

export const check = {
  summary: 'compare a database with the lock of its schema',
  help: HELP,
  async run(args: readonly string[], io: Io): Promise<number> {
    const values = parse(args);
    const path = lockFile(values['lock-file']);
    const lock = parseSchemaLock(readFileSync(path, 'utf8'), path);
    if (lock.migrations.length === 0) throw noMigrations(path);
    const last =
      values.at === undefined
        ? lock.migrations.length - 1
        : lock.migrations.findIndex(({ name }) => name === values.at);
    if (values.at !== undefined && last === -1) throw wrong(`--at ${values.at}: ${path} has no such migration.`);
    const found = await readLive(values.url, lock, io);
    const drift = compare(lock, last, found);
    const at = lock.migrations[last]?.name ?? null;
    if (values.json) io.out(JSON.stringify({ lockFile: path, at, same: drift.length === 0, differences: drift }));
    else io.out(drift.length === 0 ? `The database is as after ${at}.` : describe(drift, at));
    return drift.length === 0 ? 0 : EXIT.different;
  },
};

/** Objects that migrations made, now or at any time, and parts of the tables that there are to be. Others are the user's own affair. */
function compare(lock: SchemaLock, last: number, found: CatalogLines): readonly Drift[] {
  const expected = catalogsOf(lock)[last] ?? new Map<string, string>();
  const by = new Map<string, string>();
  for (const migration of lock.migrations.slice(0, last + 1))
    for (const key of footprintOf(migration)) by.set(key, migration.name);
  const known = new Set(lock.migrations.flatMap((migration) => [...footprintOf(migration)]));
  const tables = [...expected.keys()]
    .filter((key) => key.startsWith('table '))
    .map((key) => key.slice('table '.length));
  const { missing, extra, changed } = catalogDifference(expected, found);
  const migrationOf = (key: string): string | null => by.get(key) ?? null;
  return [
    ...missing.map(
      (key): Drift => ({
        object: key,
        problem: 'missing',
        expected: expected.get(key) ?? '',
        found: null,
        migration: migrationOf(key),
      }),
    ),
    ...changed.map(
      (each): Drift => ({
        object: each.key,
        problem: 'different',
        expected: each.expected,
        found: each.found,
        migration: migrationOf(each.key),
      }),
    ),
    ...extra
      .filter((key) => known.has(key) || tables.some((table) => isPart(key, found.get(key) ?? '', table)))
      .map(
        (key): Drift => ({
          object: key,
          problem: 'own',
          expected: null,
          found: found.get(key) ?? '',
          migration: migrationOf(key),
        }),
      ),
  ];
}

function isPart(key: string, line: string, table: string): boolean {
  return (
    / (.*)$/.exec(key)?.[1]?.startsWith(`${table}.`) === true ||
    (key.startsWith('index ') && line.includes(` ON ${table} `))
  );
}

function describe(drift: readonly Drift[], at: string | null): string {
  const lines = drift.flatMap(({ object, problem, expected, found, migration }) => [
    `  ${problem.padEnd(9)}  ${object}${migration === null ? '' : `   (${migration})`}`,
    ...(problem === 'different' ? [`             expected  ${expected}`, `             found     ${found}`] : []),
    ...(problem === 'own' && found !== '' ? [`             found     ${found}`] : []),
  ]);
  const count = `${drift.length} ${drift.length === 1 ? 'object is' : 'objects are'}`;
  return `${count} not as after ${at}:\n${lines.join('\n')}`;
}

async function readLive(url: string | undefined, lock: SchemaLock, { env }: Io): Promise<CatalogLines> {
  const given = url ?? env['DATABASE_URL'] ?? '';
  const client = new pg.Client({
    ...(given === '' ? {} : { connectionString: given }),
    connectionTimeoutMillis: 15_000,
  });
  client.on('error', () => undefined); // the query that runs rejects
  try {
    await client.connect();
  } catch (cause) {
    const { message, code } = cause as { message?: string; code?: string };
    throw new RefusedError({
      operation: OPERATION,
      target: `${client.host}:${client.port}`,
      happened: `no connection: ${message || code || String(cause)}.`,
      left: '',
      hint: 'Check --url, DATABASE_URL or the PG* variables, and that the server can be reached from here.',
      cause,
    });
  }
  try {
    return await readCatalogLines(client, { ignoreTables: ignoredTables(lock) });
  } finally {
    await client.end();
  }
}

const PLACES = ['.', 'migrations', 'src/migrations', 'src/migration', 'db/migrations'];

function lockFile(given: string | undefined): string {
  const places = given === undefined ? PLACES.map((folder) => resolve(folder, 'holdfast.lock.json')) : [resolve(given)];
  const [path, another] = places.filter((place) => existsSync(place));
  if (path !== undefined && another === undefined) return path;
  const list = (path === undefined ? places : [path, another ?? '']).map((place) => relative('', place));
  throw new RefusedError({
    operation: OPERATION,
    target: list.join(', '),
    happened: path === undefined ? 'there is no such file.' : 'there are both.',
    left: '',
    hint: 'Make it, or name it:\n  npx holdfast lock\n  npx holdfast check --lock-file path/to/holdfast.lock.json',
  });
}

/** To find no difference to nothing would look like success. */
function noMigrations(path: string): RefusedError {
  return new RefusedError({
    operation: OPERATION,
    target: path,
    happened: 'it has no migrations.',
    left: '',
    hint: 'Make it anew:\n  npx holdfast lock',
  });
}

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
