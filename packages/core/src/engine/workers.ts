/** More connections for one step: the migration's own, and some beside it with the same settings and role. */
import { type HoldfastError, isHoldfastError, RefusedError, StepFailedError } from '../errors.js';
import type { Connection } from '../postgres/connection.js';
import { hasOneConnection } from '../whole/rehearsal.js';
import type { Facts, LoopContext } from './operation.js';
import type { StepRun } from './step-run.js';
import { endsSession, messageOf, sqlState } from './translate.js';

/** Opens the others one after the other, and closes them whatever becomes of the work. */
export async function withWorkers<F extends Facts, T>(
  run: StepRun<F>,
  workers: number,
  contextOf: (run: StepRun<F>) => LoopContext,
  work: (contexts: readonly LoopContext[]) => Promise<T>,
): Promise<T> {
  if (workers === 1) return work([contextOf(run)]);
  const { connection, inHostTransaction, session } = run.context;
  if (inHostTransaction)
    throw refused(
      run,
      `${workers} workers: a transaction has one connection.`,
      `${session.cure('no-transaction')}\nOr pass workers: 1.`,
    );
  if (connection.behindPooler)
    throw refused(
      run,
      `${workers} workers: the connection goes through a pooler such as PgBouncer, where further ones would not be the same session's.`,
      'Connect the migrations to PostgreSQL itself (its own host and port, not those of the pooler), or pass workers: 1.',
    );
  if (hasOneConnection()) return work([contextOf(run)]);
  const others: Awaited<ReturnType<Connection['another']>>[] = [];
  try {
    while (others.length < workers - 1) others.push(await open(run, workers, others.length + 1));
    const contexts = others.map((other, i) =>
      guarded(
        run,
        contextOf({ ...run, context: { ...run.context, connection: other.connection } }),
        `worker ${i + 2} of ${workers}`,
      ),
    );
    return await work([contextOf(run), ...contexts]);
  } finally {
    // One that is lost already is closed.
    await Promise.allSettled(others.map((other) => other.close()));
  }
}

async function open<F extends Facts>(
  run: StepRun<F>,
  workers: number,
  opened: number,
): ReturnType<Connection['another']> {
  try {
    return await run.context.connection.another('holdfast: worker');
  } catch (error) {
    const number = `only ${opened} of ${workers} workers can connect`;
    const failure = refused(
      run,
      `${number}: ${messageOf(error)}`,
      `Pass workers: ${opened}, or make room: see SHOW max_connections and SELECT count(*) FROM pg_stat_activity.`,
      error,
    );
    throw failure;
  }
}

/** The migration's own connection is there still: an error without this would tell nothing of the one that is lost. */
function guarded<F extends Facts>(run: StepRun<F>, context: LoopContext, who: string): LoopContext {
  return {
    ...context,
    asWorker: async (work) => {
      try {
        return await work();
      } catch (error) {
        const state = sqlState(error);
        if (isHoldfastError(error) || (state !== null && !endsSession(state))) throw error;
        throw lost(run, who, error);
      }
    },
  };
}

function lost<F extends Facts>({ operation, target }: StepRun<F>, who: string, error: unknown): HoldfastError {
  return new StepFailedError({
    operation,
    target,
    happened: `${who} has lost its connection: ${messageOf(error)}\nWhether its last batch was committed is not known.`,
    hint: 'Run again: it does what is left.',
    cause: error,
  });
}

function refused<F extends Facts>(
  { operation, target }: StepRun<F>,
  happened: string,
  hint: string,
  cause?: unknown,
): RefusedError {
  return new RefusedError({ operation, target, happened, hint, ...(cause === undefined ? {} : { cause }) });
}
