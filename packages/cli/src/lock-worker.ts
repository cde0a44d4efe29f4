/** The process in which a project's code runs: it is told what to do by its parent, answers once, and ends. */
import { beginReplay } from '@holdfast/core';
import type { Answer, Job, Listed } from './lock/job.js';
import { ReplayFailure, replay } from './lock/replay.js';
import { openProject } from './project/open-project.js';

async function work(job: Job): Promise<Answer> {
  try {
    const project = await openProject('holdfast lock', job);
    if (job.list) {
      const { tool, ignoreTables, folder } = project;
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
        result: { lock: { version: 1, tool, ignoreTables, migrations }, folder, replayed: 0, granted: [] },
      };
    }
    return { ok: true, result: await replay(project, job) };
  } catch (error) {
    const cause = error instanceof ReplayFailure ? error.cause : error;
    return {
      ok: false,
      migration: error instanceof ReplayFailure ? error.migration : null,
      message: cause instanceof Error ? cause.message : String(cause),
      stack: cause instanceof Error ? (cause.stack ?? '') : '',
    };
  }
}

process.once('message', (job: Job) => {
  beginReplay();
  void work(job).then((answer) => process.send?.(answer, () => process.exit(0)));
});
