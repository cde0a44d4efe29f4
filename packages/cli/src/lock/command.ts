/** `holdfast lock`: writes down what each migration does to the schema, or checks that it is written down. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { InvalidArgumentError, parseSchemaLock, printSchemaLock, type SchemaLock } from '@holdfast/core';
import { EXIT, type Io } from '../exit.js';
import { lockPathOf } from '../lock-file.js';
import { findProject, nodeArguments } from '../project/find-project.js';
import { compareEffects, compareFiles, describeFinding, type Finding } from './compare.js';
import type { Job } from './job.js';
import { runWorker } from './run-worker.js';

const OPERATION = 'holdfast lock';
const HELP = `Usage: holdfast lock [options]

Replays all migrations of a Knex or TypeORM project on a PostgreSQL inside of this process and writes
holdfast.lock.json beside them: what each migration does to the schema. No database is needed. Commit the file.

  holdfast lock                 Write it. Where only migrations were added, only those are replayed.
  holdfast lock --check         For CI: is it up to date? Changes nothing.

Options:
  --knexfile <file>      Default: knexfile.js, .cjs, .mjs, .ts in this folder.
  --data-source <file>   Of TypeORM. Default: data-source.ts or .js here or in src.
  --env <name>           Part of a knexfile with environments. Default: NODE_ENV, else development.
  --lock-file <file>     Default: where the guard looks for it, beside the migrations.
  --import <module>      What Node loads first, for TypeScript. Default: ts-node or tsx, as installed.
  --role <name>          A role that the migrations grant to. May be given several times.
  --initial-schema <sql> What was there before the first migration, as of pg_dump --schema-only. Commit it as well:
                         the lock file names it, so that the option is given once.
  --server <url>         Replay on this server instead, in a database that is made for it and dropped, as a
                         superuser: where migrations need extensions that PGlite does not have (PostGIS).
  --fresh                Replay everything, and keep nothing for the next run.
  --json                 The result as JSON on stdout.
  --help

Exit codes:
  0    written; with --check: up to date
  1    --check: not up to date
  2    wrong options
  125  a migration failed in the replay, or the project cannot be read`;

const OPTIONS = {
  knexfile: { type: 'string' },
  'data-source': { type: 'string', short: 'd' },
  env: { type: 'string' },
  'lock-file': { type: 'string' },
  import: { type: 'string', multiple: true, default: [] as string[] },
  role: { type: 'string', multiple: true, default: [] as string[] },
  server: { type: 'string' },
  'initial-schema': { type: 'string' },
  check: { type: 'boolean', default: false },
  fresh: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

export const lock = {
  summary: 'write down what each migration does to the schema',
  help: HELP,
  async run(args: readonly string[], io: Io): Promise<number> {
    const values = parse(args);
    const found = findProject(OPERATION, values.knexfile, values['data-source']);
    const job: Job = {
      ...found,
      environment: values.env ?? io.env['NODE_ENV'] ?? 'development',
      roles: values.role,
      server: values.server ?? null,
      initialSchema: values['initial-schema'] === undefined ? null : resolve(values['initial-schema']),
      lockFile: values['lock-file'] === undefined ? null : resolve(values['lock-file']),
      cache: values.fresh ? null : resolve('node_modules/.cache/holdfast', found.tool),
      ahead: 0,
      list: false,
    };
    const start = (more: Partial<Job> = {}): ReturnType<typeof runWorker> =>
      runWorker({ ...job, ...more }, nodeArguments(OPERATION, found, values.import), io);
    const run = { job, json: values.json, start, io };
    return values.check ? check(run) : write(run);
  },
};

type Start = (more?: Partial<Job>) => ReturnType<typeof runWorker>;

interface Run {
  readonly job: Job;
  readonly json: boolean | undefined;
  readonly start: Start;
  readonly io: Io;
}

async function write({ job, json, start, io }: Run): Promise<number> {
  const { lock: made, lockPath, replayed, granted } = await start();
  const path = lockPathOf(job, { lockPath });
  const text = printSchemaLock(made);
  const same = existsSync(path) && readFileSync(path, 'utf8') === text;
  if (!same) writeFileSync(path, text);
  const count = made.migrations.length;
  if (json) io.out(JSON.stringify({ path, migrations: count, replayed, changed: !same, extensions: granted }));
  else {
    io.out(
      `${relative('', path)}: ${count} ${count === 1 ? 'migration' : 'migrations'}, ${replayed} replayed, ${same ? 'nothing new' : 'written'}.`,
    );
    if (granted.length > 0) io.out(`No migration makes ${listOf(granted)}: taken for there before the first one.`);
  }
  return 0;
}

async function check({ job, json, start, io }: Run): Promise<number> {
  const { lock: listed, lockPath } = await start({ list: true });
  const path = lockPathOf(job, { lockPath });
  const findings = existsSync(path)
    ? await findingsOf(parseSchemaLock(readFileSync(path, 'utf8'), path), listed, start)
    : null;
  const good = findings?.length === 0;
  if (json) io.out(JSON.stringify({ path, exists: findings !== null, upToDate: good, findings: findings ?? [] }));
  else if (findings === null) io.out(`There is no ${relative('', path)}. Make it, and commit it:\n  npx holdfast lock`);
  else if (good) io.out(`${relative('', path)} is up to date: ${listed.migrations.length} migrations.`);
  else
    io.out(
      `${relative('', path)} is not up to date:\n${findings.map((each) => `  ${describeFinding(each)}`).join('\n')}\nMake it anew, look at the difference, and commit it:\n  npx holdfast lock`,
    );
  return good ? 0 : EXIT.different;
}

/** Other names or hashes first: then there is nothing to replay for. */
async function findingsOf(locked: SchemaLock, listed: SchemaLock, start: Start): Promise<readonly Finding[]> {
  const findings = compareFiles(locked, listed);
  return findings.length > 0 ? findings : compareEffects(locked, (await start()).lock);
}

function listOf(extensions: readonly string[]): string {
  return `the ${extensions.length === 1 ? 'extension' : 'extensions'} ${extensions.join(', ')}`;
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    if (values.server !== undefined && !URL.canParse(values.server))
      throw new TypeError(`--server is no connection string such as postgres://user:password@host:5432/database`);
    return values;
  } catch (cause) {
    throw new InvalidArgumentError({
      operation: OPERATION,
      target: '',
      happened: (cause as Error).message,
      left: '',
      hint: 'holdfast lock --help tells all options.',
      cause,
    });
  }
}
