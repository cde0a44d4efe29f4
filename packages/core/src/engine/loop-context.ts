/** What a step that works in batches gets of the engine: a transaction for each batch, looks, more connections. */
import type { Blocker } from '../errors.js';
import { emit } from './context.js';

import type { Facts, LoopContext, Step } from './operation.js';
import { withRetries } from './retries.js';
import { lookAtRows, quietly, type StepRun } from './step-run.js';
import { watch } from './watch.js';
import { withWorkers } from './workers.js';

export function loopContext<F extends Facts>(run: StepRun<F>, step: Step<F>): LoopContext {
  const { connection, inHostTransaction, settings } = run.context;
  const set = run.surroundings.ownLockTimeout ? [] : [`SET LOCAL lock_timeout = ${settings.lockTimeoutMs}`];
  const begin = inHostTransaction ? ['SAVEPOINT holdfast_batch', ...set] : ['BEGIN', ...set];
  const commit = inHostTransaction
    ? ['RELEASE SAVEPOINT holdfast_batch', ...set.map(() => 'RESET lock_timeout')]
    : ['COMMIT'];
  const rollback = inHostTransaction
    ? ['ROLLBACK TO SAVEPOINT holdfast_batch', 'RELEASE SAVEPOINT holdfast_batch']
    : ['ROLLBACK'];
  return {
    connection,
    inHostTransaction,
    look: (read) => lookAtRows(run, step, read),
    batch: (work, settings = {}) => {
      let seen: readonly Blocker[] = [];
      const waitsFor = (blockers: readonly Blocker[]): void => {
        seen = blockers;
      };
      const watched = { ...run, limitMs: run.context.settings.lockTimeoutMs, waitsFor };
      return withRetries({ ...run, locks: step.locks, seen: () => seen }, () => {
        seen = [];
        return watch(watched, async () => {
          try {
            const own = inHostTransaction
              ? []
              : Object.entries(settings).map(([name, value]) => `SET LOCAL ${name} = ${value}`);
            await connection.script([...begin, ...own]);
            const result = await work();
            await connection.script(commit);
            return result;
          } catch (error) {
            await quietly(run, () => connection.script(rollback));
            throw error;
          }
        });
      });
    },
    spread: (workers, work) => withWorkers(run, workers, (each) => loopContext(each, step), work),
    asWorker: (work) => work(),
    progress: (rows, total) => {
      run.changedRows(rows);
      emit(settings, { type: 'progress', operation: run.operation, target: run.target, rows, total });
    },
  };
}
