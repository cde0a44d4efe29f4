/** Asks the process that runs the project's code beside a look at its database. */
import { type HoldfastError, RefusedError } from '@holdfast/core';
import type { Io } from '../exit.js';
import { askWorker } from './ask-worker.js';
import type { ProjectJob } from './options.js';

/** An error of this package, taken apart for the way to another process. */
export interface Failure {
  readonly operation: string;
  readonly target: string;
  readonly happened: string;
  readonly left: string;
  readonly hint: string;
}

export function wordsOf({ operation, target, happened, left, hint }: HoldfastError): Failure {
  return { operation, target, happened, left, hint };
}

export type ProjectAnswer<R> =
  | { readonly ok: true; readonly result: R }
  | { readonly ok: false; readonly failure: Failure };

/** What the project prints is shown where the process fails: its runner says the same as the answer. Rejects with `RefusedError`. */
export async function askProject<R>(job: ProjectJob, execArgv: readonly string[], io: Io): Promise<R> {
  const printed: string[] = [];
  const quiet = { env: io.env, err: (text: string) => void printed.push(text) };
  const answer = await askWorker<ProjectAnswer<R>>('project-worker', { job, execArgv }, quiet);
  if (typeof answer !== 'string' && answer.ok) return answer.result;
  for (const text of printed) io.err(text);
  if (typeof answer !== 'string') throw new RefusedError(answer.failure);
  throw new RefusedError({
    operation: job.operation,
    target: job.config,
    happened: `${answer}.`,
    left: 'Nothing of the live database was changed.',
    hint: 'What the project printed before stands above.',
  });
}
