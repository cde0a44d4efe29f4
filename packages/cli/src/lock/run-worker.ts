/** Asks the process that replays. */
import { RefusedError, StepFailedError } from '@holdfast/core';
import type { Io } from '../exit.js';
import { askWorker } from '../project/ask-worker.js';
import type { Answer, FailedAt, Job, Replayed, ReplayFailed } from './job.js';

/** What the project prints goes to stderr. Rejects with `StepFailedError` that names the migration. */
export async function runWorker(job: Job, execArgv: readonly string[], io: Io): Promise<Replayed> {
  const answer = await askWorker<Answer>('lock-worker', { job, execArgv }, io);
  if (typeof answer === 'string') throw failure(job, { ok: false, at: null, message: answer, stack: '' });
  if (!answer.ok && 'failure' in answer) throw new RefusedError({ ...answer.failure, left: UNTOUCHED });
  if (!answer.ok) throw failure(job, answer);
  if (answer.result.lock.migrations.length === 0) throw noMigrations(job);
  return answer.result;
}

function failure(job: Job, { at, message, stack }: ReplayFailed): StepFailedError {
  const what = at === null ? 'the project could not be read' : `the ${at.kind} failed in the replay`;
  return new StepFailedError({
    operation: 'holdfast lock',
    target: at?.name ?? job.config,
    happened: `${what}: ${message}`,
    left: UNTOUCHED,
    hint: at === null ? `${UNREAD}\n${stack}` : (hintFor(job, at, message) ?? `${UNREPLAYED}\n${stack}`),
  });
}

const UNTOUCHED = 'The lock file is as it was.';
const UNREAD =
  'Can its own runner read it? The options --knexfile, --data-source and --import say what is read, and how.';
const UNLAID =
  'The file is run on an empty PostgreSQL 18, before the first migration. Does it run on an empty database of your own?';
const UNREPLAYED = 'Migrations are replayed on an empty PostgreSQL 18. Does it run on an empty database of your own?';

/** What migrations need and do not make. */
function hintFor({ server }: Job, { kind }: FailedAt, message: string): string | null {
  const missing = (pattern: RegExp): string | undefined => pattern.exec(message)?.[1];
  const extension = missing(/extension "([^"]+)" is not available/);
  if (extension !== undefined)
    return `${server === null ? 'PGlite, which migrations are replayed on,' : 'The server'} has no extension ${extension}. Name a server that has it, of a container for example:
  npx holdfast lock --server postgres://postgres:postgres@localhost:5432/postgres
In a database of its own the migrations are replayed there, and it is dropped.`;
  const role = missing(/role "([^"]+)" does not exist/);
  if (role !== undefined)
    return `Roles are not made by migrations. Name it, and it is there before the first one:\n  npx holdfast lock --role ${role}`;
  if (kind === 'initial schema') return UNLAID;
  if (/^(?:Unexpected token|Unexpected identifier|Unknown file extension|Cannot use import statement)/.test(message))
    return `${UNREPLAYED}
Where it is TypeScript and the configuration is not, name what loads it:
  npx holdfast lock --import tsx`;
  const schema = missing(/schema "([^"]+)" does not exist/);
  if (schema !== undefined)
    return `No migration before it makes the schema. Let the first one do so, which changes nothing where it is there:\n  CREATE SCHEMA IF NOT EXISTS ${schema}`;
  const relation = missing(/relation "([^"]+)" does not exist/);
  if (relation !== undefined)
    return `No migration before it makes ${relation}. If the database was there before its migrations, name a file of SQL that makes what was there:
  npx holdfast lock --initial-schema schema.sql
Where a database is still as it was before the first migration, this makes one:
  pg_dump --schema-only --no-owner --no-privileges --file schema.sql`;
  return null;
}

function noMigrations({ config, environment, tool }: Job): RefusedError {
  return new RefusedError({
    operation: 'holdfast lock',
    target: config,
    happened: `it has no migrations${tool === 'knex' ? ` (environment ${environment})` : ''}.`,
    left: UNTOUCHED,
    hint:
      tool === 'knex'
        ? 'Does `npx knex migrate:list` show them? The directory is relative to the knexfile; Knex takes .mjs only where loadExtensions names it.'
        : 'Does `npx typeorm migration:show` show them? It takes what stands in `migrations` of the data source.',
  });
}
