/** Asks the process that replays. */
import { RefusedError, StepFailedError } from '@holdfast/core';
import type { Io } from '../exit.js';
import { askWorker } from '../project/ask-worker.js';
import type { Answer, Job, Replayed } from './job.js';

/** What the project prints goes to stderr. Rejects with `StepFailedError` that names the migration. */
export async function runWorker(job: Job, execArgv: readonly string[], io: Io): Promise<Replayed> {
  const answer = await askWorker<Answer>('lock-worker', { job, execArgv }, io);
  if (typeof answer === 'string') throw failure(job, { ok: false, migration: null, message: answer, stack: '' });
  if (!answer.ok) throw failure(job, answer);
  if (answer.result.lock.migrations.length === 0) throw noMigrations(job);
  return answer.result;
}

function failure({ config, server }: Job, { migration, message, stack }: Answer & { ok: false }): StepFailedError {
  const extension = /extension "([^"]+)" is not available/.exec(message)?.[1];
  const role = /role "([^"]+)" does not exist/.exec(message)?.[1];
  const hint =
    extension !== undefined
      ? `${server === null ? 'PGlite, which migrations are replayed on,' : 'The server'} has no extension ${extension}. Name a server that has it, of a container for example:\n  npx holdfast lock --server postgres://postgres:postgres@localhost:5432/postgres\nIn a database of its own the migrations are replayed there, and it is dropped.`
      : role !== undefined
        ? `Roles are not made by migrations. Name it, and it is there before the first one:\n  npx holdfast lock --role ${role}`
        : migration === null
          ? `Can its own runner read it? The options --knexfile, --data-source and --import say what is read, and how.\n${stack}`
          : `Migrations are replayed on an empty PostgreSQL 18. Does it run on an empty database of your own?\n${stack}`;
  return new StepFailedError({
    operation: 'holdfast lock',
    target: migration ?? config,
    happened: `${migration === null ? 'the project could not be read' : 'the migration failed in the replay'}: ${message}`,
    left: 'The lock file is as it was.',
    hint,
  });
}

function noMigrations({ config, environment, tool }: Job): RefusedError {
  return new RefusedError({
    operation: 'holdfast lock',
    target: config,
    happened: `it has no migrations${tool === 'knex' ? ` (environment ${environment})` : ''}.`,
    left: 'The lock file is as it was.',
    hint:
      tool === 'knex'
        ? 'Does `npx knex migrate:list` show them? The directory is relative to the knexfile; Knex takes .mjs only where loadExtensions names it.'
        : 'Does `npx typeorm migration:show` show them? It takes what stands in `migrations` of the data source.',
  });
}
