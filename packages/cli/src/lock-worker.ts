/** The process in which a project's code runs: it is told what to do by its parent, answers once, and ends. */
import { beginReplay, dateBy, HoldfastError } from '@holdfast/core';
import { InitialFailure, listedInitial } from './lock/initial-schema.js';
import type { Answer, FailedAt, Job, Listed } from './lock/job.js';
import { ReplayFailure, replay } from './lock/replay.js';
import { lockPathOf } from './lock-file.js';
import { wordsOf } from './project/ask-project.js';
import { openProject } from './project/open-project.js';

async function work(job: Job): Promise<Answer> {
  try {
    const project = await openProject('holdfast lock', job);
    if (job.list) {
      const { tool, ignoreTables, lockPath } = project;
      const asked = {
        operation: 'holdfast lock',
        given: job.initialSchema,
        lockPath: lockPathOf(job, project),
      };
      const listed: Listed = project.migrations.map(({ name, hash }) => ({ name, hash }));
      const migrations = listed.map((each) => ({
        ...each,
        catalog: {},
        touched: [],
        needs: [],
        rows: 'none' as const,
        tail: false,
      }));
      return {
        ok: true,
        result: {
          lock: { version: 1, tool, ignoreTables, ...listedInitial(asked), migrations },
          lockPath,
          replayed: 0,
          granted: [],
        },
      };
    }
    return { ok: true, result: await replay(project, job) };
  } catch (error) {
    if (error instanceof HoldfastError) return { ok: false, failure: wordsOf(error) };
    const cause = error instanceof ReplayFailure ? error.cause : error;
    return {
      ok: false,
      at: failedAt(error),
      message: cause instanceof Error ? cause.message : String(cause),
      stack: cause instanceof Error ? (cause.stack ?? '') : '',
    };
  }
}

function failedAt(error: unknown): FailedAt | null {
  if (error instanceof ReplayFailure) return { kind: 'migration', name: error.migration };
  return error instanceof InitialFailure ? { kind: 'initial schema', name: error.file } : null;
}

/** For everything in this process, the server in it included. */
function setClockAhead(by: number): void {
  const Real = Date;
  globalThis.Date = dateBy(Real, () => Real.now() + by);
}

process.once('message', (job: Job) => {
  if (job.ahead > 0) setClockAhead(job.ahead);
  beginReplay();
  void work(job).then((answer) => process.send?.(answer, () => process.exit(0)));
});
