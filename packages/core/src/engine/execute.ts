/** Runs one step: takes its locks in a phase of its own, looks again under the lock, then runs the statement. */
import { printName, quoteName } from '../names.js';
import type { StepReport } from '../outcome.js';
import { emit } from './context.js';
import { blocksWriters, lockTableMode } from './lock-modes.js';
import { loopContext } from './loop-context.js';
import { type Facts, type Lock, type SqlStep, type Step, statementsOf } from './operation.js';
import { Aborted, withRetries } from './retries.js';
import { lookAtRows, quietly, type StepRun } from './step-run.js';
import { tryUncommittedLabels } from './uncommitted-labels.js';
import { watch } from './watch.js';

/** `changed`: under the lock the database was no longer what the step was planned for; nothing was done. */
export type StepResult =
  | { readonly kind: 'done'; readonly report: StepReport; readonly rows?: number; readonly finding?: string }
  | { readonly kind: 'changed' };

export async function executeStep<F extends Facts>(run: StepRun<F>): Promise<StepResult> {
  const { step, context } = run;
  const started = performance.now();
  emit(context.settings, {
    type: 'step:start',
    operation: run.operation,
    target: run.target,
    step: step.id,
    sql: statementsOf(step).join(';\n'),
  });
  if (step.kind !== 'sql' && context.inHostTransaction) await tryUncommittedLabels(run, step);
  if (step.kind === 'probe') {
    const finding = await lookAtRows(run, step, () => step.judge(context.connection));
    return { kind: 'done', report: report(step, started, 1), ...(finding === undefined ? {} : { finding }) };
  }
  if (step.kind === 'loop') {
    const rows = await step.batches(loopContext(run, step));
    return { kind: 'done', report: report(step, started, 1), rows };
  }
  if (step.commit === 'outside') return executeOutside(run, step, started);
  return context.inHostTransaction ? executeInHost(run, step, started) : executeOwn(run, step, started);
}

/** Own transaction: one message for BEGIN, limits and locks; on expiry or deadlock all is rolled back and tried again. */
async function executeOwn<F extends Facts>(run: StepRun<F>, step: SqlStep<F>, started: number): Promise<StepResult> {
  const { connection } = run.context;
  const locks = lockStatements(run, step);
  return withRetries({ ...run, locks: step.locks, queues: locks.length > 0 }, async (attempt) => {
    try {
      await connection.script(['BEGIN', ...limits(run, step), ...locks]);
      if (!(await run.stillNeeded())) {
        await connection.query('ROLLBACK');
        return { kind: 'changed' };
      }
      await step.underLock?.(connection);
      await change(run, step);
      await connection.query('COMMIT');
    } catch (error) {
      await quietly(run, () => connection.query('ROLLBACK'));
      throw error;
    }
    return { kind: 'done', report: report(step, started, attempt) };
  });
}

/**
 * Host's transaction: a savepoint holds only the wait for the locks, so that expiry does not abort the transaction. The statement
 * itself runs outside of it: a savepoint around CREATE TYPE or ADD VALUE would make the new labels unusable (PostgreSQL 17 and later).
 */
async function executeInHost<F extends Facts>(run: StepRun<F>, step: SqlStep<F>, started: number): Promise<StepResult> {
  const { connection } = run.context;
  const locks = lockStatements(run, step);
  const setLimits = limits(run, step);
  return withRetries({ ...run, locks: step.locks, queues: locks.length > 0 }, async (attempt) => {
    if (locks.length > 0) {
      try {
        await connection.script(['SAVEPOINT holdfast_lock', ...setLimits, ...locks, 'RELEASE SAVEPOINT holdfast_lock']);
      } catch (error) {
        await quietly(run, () =>
          connection.script(['ROLLBACK TO SAVEPOINT holdfast_lock', 'RELEASE SAVEPOINT holdfast_lock']),
        );
        throw error;
      }
      if (!(await run.stillNeeded())) {
        await resetLimits(run, setLimits);
        return { kind: 'changed' };
      }
    } else if (setLimits.length > 0) {
      await connection.script(setLimits);
    }
    try {
      await step.underLock?.(connection);
      await tryUncommittedLabels(run, step);
    } catch (error) {
      await resetLimits(run, setLimits);
      throw error;
    }
    try {
      await change(run, step);
    } catch (error) {
      // The transaction has failed with the statement: no second try can help it.
      throw new Aborted(error);
    }
    await resetLimits(run, setLimits);
    return { kind: 'done', report: report(step, started, attempt) };
  });
}

/** No transaction at all (CONCURRENTLY): limits hold for the session meanwhile and are put back, also after an error. */
async function executeOutside<F extends Facts>(
  run: StepRun<F>,
  step: SqlStep<F>,
  started: number,
): Promise<StepResult> {
  const { connection } = run.context;
  // Behind a pooler they would be set for strangers.
  const setLimits = connection.behindPooler ? [] : limits(run, step).map((each) => each.replace('SET LOCAL', 'SET'));
  if (setLimits.length > 0) await connection.script(setLimits);
  try {
    await change(run, step);
  } catch (error) {
    await quietly(run, () => resetLimits(run, setLimits));
    throw error;
  }
  await resetLimits(run, setLimits);
  return { kind: 'done', report: report(step, started, 1) };
}

function change<F extends Facts>(run: StepRun<F>, step: SqlStep<F>): Promise<void> {
  const { connection } = run.context;
  const { scanTimeoutMs } = run.context.settings;
  return watch({ ...run, step, limitMs: scanTimeoutMs }, async () => {
    for (const statement of statementsOf(step)) await connection.change(statement);
  });
}

/** Limits of a step. What the user has SET stays. A scan may take long, but must not wait long for its lock, except CONCURRENTLY, whose waits are for old transactions and harm nobody. */
function limits<F extends Facts>({ context, surroundings }: StepRun<F>, step: SqlStep<F>): readonly string[] {
  const { lockTimeoutMs, scanTimeoutMs } = context.settings;
  const scans = step.work.kind !== 'catalog';
  const patient = step.commit === 'outside';
  return [
    surroundings.ownLockTimeout ? '' : `SET LOCAL lock_timeout = ${patient ? scanTimeoutMs : lockTimeoutMs}`,
    surroundings.ownStatementTimeout || !(scans || patient) ? '' : `SET LOCAL statement_timeout = ${scanTimeoutMs}`,
  ].filter((statement) => statement !== '');
}

async function resetLimits<F extends Facts>(run: StepRun<F>, set: readonly string[]): Promise<void> {
  const names = set.map((statement) => /(\w+) =/.exec(statement)?.[1]).filter((name) => name !== undefined);
  if (names.length > 0) await run.context.connection.script(names.map((name) => `RESET ${name}`));
}

function lockStatements<F extends Facts>(run: StepRun<F>, step: SqlStep<F>): readonly string[] {
  const { surroundings } = run;
  const takesAhead = (lock: Lock): boolean => {
    const table = surroundings.tables.get(printName(lock.on));
    return lock.kind === 'table' && table?.lockable === true && !table.madeHere;
  };
  const strong = step.locks.filter((lock) => takesAhead(lock) && blocksWriters(lock.mode));
  const ahead = step.locks.flatMap((lock) => lock.by ?? (takesAhead(lock) ? lockTable(lock, lock.mode) : []));
  // While the transaction keeps writers waiting already, there is one try only.
  if (surroundings.strong.length > 0) return ahead;
  return [...waitForMaintenance(strong), ...giveWay(run, ahead)];
}

/**
 * Whoever has the second table and asks for the first one stands in a circle with us, and once `deadlock_timeout` has passed the server
 * ends one of the two. Before that all is given up, and asked for again.
 */
function giveWay<F extends Facts>({ context, surroundings }: StepRun<F>, locks: readonly string[]): readonly string[] {
  const [first, ...others] = locks;
  if (first === undefined || others.length === 0 || surroundings.ownLockTimeout) return locks;
  const { lockTimeoutMs } = context.settings;
  const shortMs = Math.min(lockTimeoutMs, Math.ceil(surroundings.deadlockTimeoutMs / 2));
  return [first, `SET LOCAL lock_timeout = ${shortMs}`, ...others, `SET LOCAL lock_timeout = ${lockTimeoutMs}`];
}

/**
 * Vacuum, ANALYZE, CONCURRENTLY and VALIDATE hold SHARE UPDATE EXCLUSIVE; even an autovacuum gives way only after `deadlock_timeout`.
 * Whoever waits for them in the strong mode keeps all others waiting as well, in this one nobody.
 */
function waitForMaintenance(locks: readonly Lock[]): readonly string[] {
  if (locks.length === 0) return [];
  return [
    'SAVEPOINT holdfast_queue',
    ...locks.map((lock) => lockTable(lock, 'ShareUpdateExclusiveLock')),
    // Not kept: two that hold it already and want the strong one would be in each other's way.
    'ROLLBACK TO SAVEPOINT holdfast_queue',
    'RELEASE SAVEPOINT holdfast_queue',
  ];
}

function lockTable(lock: Lock, mode: Lock['mode']): string {
  return `LOCK TABLE ${lock.only === true ? 'ONLY ' : ''}${quoteName(lock.on)} IN ${lockTableMode(mode)} MODE`;
}

function report<F extends Facts>(step: Step<F>, started: number, attempts: number): StepReport {
  return { ...planReport(step), durationMs: performance.now() - started, attempts };
}

/** A step as plan mode shows it. */
export function planReport<F extends Facts>(step: Step<F>): StepReport {
  return {
    sql: statementsOf(step).join(';\n'),
    why: step.why,
    locks: step.locks.map((lock) => ({ on: printName(lock.on), mode: lock.mode })),
  };
}
