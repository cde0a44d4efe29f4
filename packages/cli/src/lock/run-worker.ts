/** Starts the process that runs the project's code: hooks for TypeScript work from the start of a process, and its handles end with it. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { RefusedError, StepFailedError } from '@holdfast/core';
import type { Io } from '../exit.js';
import type { Answer, Job, Replayed } from './job.js';

/** What the project prints goes to stderr. Rejects with `StepFailedError` that names the migration. */
export async function runWorker(job: Job, execArgv: readonly string[], io: Io): Promise<Replayed> {
  const child = fork(fileURLToPath(new URL('./lock-worker.js', import.meta.url)), {
    execArgv: [...execArgv],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { TS_NODE_TRANSPILE_ONLY: 'true', ...io.env },
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => io.err(text.trimEnd()));
  const answer = await new Promise<Answer>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Answer));
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      resolve({ ok: false, migration: null, message: `the process ended with ${signal ?? `code ${code}`}`, stack: '' }),
    );
    child.send(job);
  });
  if (!answer.ok) throw failure(job, answer);
  if (answer.result.lock.migrations.length === 0) throw noMigrations(job);
  return answer.result;
}

function failure({ config }: Job, { migration, message, stack }: Answer & { ok: false }): StepFailedError {
  const extension = /extension "([^"]+)" is not available/.exec(message)?.[1];
  const role = /role "([^"]+)" does not exist/.exec(message)?.[1];
  const hint =
    extension !== undefined
      ? `PGlite, which migrations are replayed on, has no extension ${extension}: this project cannot be locked yet.`
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
