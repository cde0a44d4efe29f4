/** Runs one step: takes its locks in a phase of its own, looks again under the lock, then runs the statement. */
import { printName, quoteName } from '../names.js';
import type { StepReport } from '../outcome.js';
import { readBounded } from './bounded-read.js';
import { emit, type RunContext } from './context.js';
import { blocksWriters, lockTableMode } from './lock-modes.js';
import type { Facts, LoopContext, SqlStep, Step } from './operation.js';
import { Aborted, withRetries } from './retries.js';
import type { Surroundings } from './surroundings.js';
import { tryUncommittedLabels } from './uncommitted-labels.js';

export interface StepRun<F extends Facts> {
  readonly context: RunContext;
  readonly operation: string;
  readonly target: string;
  readonly step: Step<F>;
  readonly surroundings: Surroundings;
  /** Inspects again; true when the step is still the next one. Called under the lock. */
  stillNeeded(): Promise<boolean>;
  /** What stands in the database, for errors. */
  left(): string;
  /** Told after each committed batch how many rows the step has changed so far. */
  changedRows(rows: number): void;
}

/** `changed`: under the lock the database was no longer what the step was planned for; nothing was done. */
export type StepResult =
  | { readonly kind: 'done'; readonly report: StepReport; readonly rows?: number }
  | { readonly kind: 'changed' };

export async function executeStep<F extends Facts>(run: StepRun<F>): Promise<StepResult> {
  const { step, context } = run;
  const started = performance.now();
  emit(context.settings, {
    type: 'step:start',
    operation: run.operation,
    target: run.target,
    step: step.id,
    sql: step.sql,
  });
  if (step.kind !== 'sql' && context.inHostTransaction) await tryUncommittedLabels(run, step);
  if (step.kind === 'probe') {
    await readBounded({ ...run, locks: step.locks, scans: true }, () => step.judge(context.connection));
    return { kind: 'done', report: report(step, started, 1) };
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
  return withRetries({ ...run, locks: step.locks }, async (attempt) => {
    try {
      await connection.script(['BEGIN', ...limits(run, step), ...lockStatements(run, step)]);
      if (!(await run.stillNeeded())) {
        await connection.query('ROLLBACK');
        return { kind: 'changed' };
      }
      await connection.change(step.sql);
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
  return withRetries({ ...run, locks: step.locks }, async (attempt) => {
    if (locks.length > 0) {
      try {
        await connection.script(['SAVEPOINT holdfast_lock', ...setLimits, ...locks, 'RELEASE SAVEPOINT holdfast_lock']);
      } catch (error) {
        await connection.script(['ROLLBACK TO SAVEPOINT holdfast_lock', 'RELEASE SAVEPOINT holdfast_lock']);
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
      await tryUncommittedLabels(run, step);
    } catch (error) {
      await resetLimits(run, setLimits);
      throw error;
    }
    try {
      await connection.change(step.sql);
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
  const setLimits = limits(run, step).map((statement) => statement.replace('SET LOCAL', 'SET'));
  if (setLimits.length > 0) await connection.script(setLimits);
  try {
    await connection.change(step.sql);
  } finally {
    await resetLimits(run, setLimits);
  }
  return { kind: 'done', report: report(step, started, 1) };
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

function lockStatements<F extends Facts>({ surroundings }: StepRun<F>, step: SqlStep<F>): readonly string[] {
  return step.locks
    .filter((lock) => {
      const table = surroundings.tables.get(printName(lock.on));
      return lock.kind === 'table' && table?.lockable === true && !table.madeHere;
    })
    .map((lock) => `LOCK TABLE ${quoteName(lock.on)} IN ${lockTableMode(lock.mode)} MODE`);
}

function loopContext<F extends Facts>(run: StepRun<F>, step: Step<F>): LoopContext {
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
    batch: (work) =>
      withRetries({ ...run, locks: step.locks }, async () => {
        await connection.script(begin);
        try {
          const result = await work();
          await connection.script(commit);
          return result;
        } catch (error) {
          await quietly(run, () => connection.script(rollback));
          throw error;
        }
      }),
    progress: (rows, total) => {
      run.changedRows(rows);
      emit(settings, { type: 'progress', operation: run.operation, target: run.target, rows, total });
    },
  };
}

/** The first error is the one to report; a connection that is gone has rolled back by itself. */
async function quietly<F extends Facts>(run: StepRun<F>, rollback: () => Promise<unknown>): Promise<void> {
  try {
    await rollback();
  } catch (error) {
    const message = `taking it back failed: ${String(error)}`;
    emit(run.context.settings, { type: 'warning', operation: run.operation, target: run.target, message });
  }
}

function report<F extends Facts>(step: Step<F>, started: number, attempts: number): StepReport {
  return { ...planReport(step), durationMs: performance.now() - started, attempts };
}

/** A step as plan mode shows it. */
export function planReport<F extends Facts>(step: Step<F>): StepReport {
  return {
    sql: step.sql,
    why: step.why,
    locks: step.locks.map((lock) => ({ on: printName(lock.on), mode: lock.mode })),
  };
}

/** Does the step keep writers of a table waiting while it reads or writes all its rows? */
export function blocksWhileItWorks<F extends Facts>(step: Step<F>): boolean {
  return step.kind === 'sql' && step.work.kind !== 'catalog' && step.locks.some((lock) => blocksWriters(lock.mode));
}
