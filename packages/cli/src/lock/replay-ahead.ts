/** A second replay, in a process of its own whose clock goes ahead: modules that have read the clock are read anew. */
import type { LockedMigration } from '@holdfast/core';
import { askWorker } from '../project/ask-worker.js';
import type { ListedMigration } from '../project/project.js';
import type { Answer, Job } from './job.js';
import { mayVary, type Varying, varyingOf } from './varying.js';

const DAY = 86_400_000;

/** In milliseconds: to another year, month, day and hour; where migrations fail with that, less. */
const AHEAD: readonly number[] = [400.22 * DAY, 40.22 * DAY];

/** What the last ones, which were replayed just now, make otherwise at another time. Empty where they run at no other one. */
export async function findVarying(
  fresh: readonly LockedMigration[],
  listed: readonly ListedMigration[],
  job: Job,
): Promise<Varying> {
  if (!mayVary(fresh, listed)) return new Map();
  for (const ahead of AHEAD) {
    const asked = { job: { ...job, ahead }, execArgv: process.execArgv };
    const answer = await askWorker<Answer>('lock-worker', asked, { env: process.env, err: () => undefined });
    if (typeof answer !== 'string' && answer.ok)
      return varyingOf(fresh, answer.result.lock.migrations.slice(-fresh.length));
  }
  return new Map();
}
