/**
 * The lock of a runner: one deployer at a time migrates a database, the others wait for their turn. An advisory lock of the session,
 * on a connection of its own that is never inside a transaction. It is tried and tried again: who waits inside `pg_advisory_lock` has
 * a snapshot, CREATE INDEX CONCURRENTLY of the holder waits for it, and the server ends one of the two as a deadlock.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { type Blocker, isHoldfastError, LockTimeoutError, NOTHING_CHANGED, StepFailedError } from './errors.js';
import { type Connection, textOrNull } from './postgres/connection.js';
import type { SecondConnection } from './postgres/second-connection.js';
import { duration, type RunnerLockRequest, type RunnerLockSettings } from './runner-lock-options.js';
import { applicationName, type LockSession } from './runner-lock-session.js';

/** The first number of all these locks, as `pg_locks.classid` shows it: "Hold" in ASCII. */
export const RUNNER_LOCK_CLASS = 0x486f6c64;

/** The second number: the first four bytes of the SHA-256 of the name. Never changes, so that all versions wait for each other. */
export function runnerLockKey(name: string): number {
  return createHash('sha256').update(name, 'utf8').digest().readInt32BE(0);
}

/** The lock, held. The server frees it when the connection ends, however that happens. */
export interface RunnerLock {
  /** The connection that holds it. */
  readonly connection: SecondConnection;
  /** Names the holder to programs that are started while it is held; see `HELD_BY_PARENT`. */
  readonly holder: string;
  /** It is held further up already, by the code or the program that called: it stays when this one is released. */
  readonly inherited: boolean;
  /** Frees it and ends the connection. */
  release(): Promise<void>;
}

/** Environment variable in which a program that holds the lock tells those that it starts: they need not wait for it. */
export const HELD_BY_PARENT = 'HOLDFAST_RUNNER_LOCK';

// Registered: an ESM and a CommonJS copy of this package in one process know what the other one holds.
const HELD = Symbol.for('holdfast.runner-locks');
const store = globalThis as { [HELD]?: AsyncLocalStorage<readonly string[]> };
store[HELD] ??= new AsyncLocalStorage();
const held = store[HELD];

/** A lock of a session is always that of a process. */
type Holder = Blocker & { readonly pid: number };

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;
const SAY_AGAIN_MS = 60_000;

/**
 * Runs `run` while it holds the lock, on the session that `open` opens. Rejects with `LockTimeoutError` when it was not granted within
 * `waitMs`; `run` has not been called then. When the connection is lost meanwhile, that is a warning: what runs cannot be stopped here.
 */
export async function withRunnerLock<T>(
  open: (request: RunnerLockRequest) => Promise<LockSession>,
  request: RunnerLockRequest,
  run: () => Promise<T>,
): Promise<T> {
  const lock = await takeRunnerLock(await open(request), request);
  try {
    return await held.run([...(held.getStore() ?? []), lock.holder], run);
  } finally {
    await lock.release();
  }
}

/** Takes the lock on a session, which belongs to the lock from then on: it is closed on every error. Errors as in `withRunnerLock`. */
export async function takeRunnerLock(session: LockSession, request: RunnerLockRequest): Promise<RunnerLock> {
  const { connection, wire, pid } = session;
  try {
    const above = await waitForLock(wire, request);
    if (above === null) void connection.lost.then((error) => warnOfLoss(request, error));
    return {
      connection,
      holder: above ?? nameHolder(pid, applicationName()),
      inherited: above !== null,
      release: () => release(session, request.settings),
    };
  } catch (error) {
    await connection.close();
    throw isHoldfastError(error) ? error : notTaken(request, error);
  }
}

/** Null when it is granted; the holder, if that is somebody further up in this very deployment. */
async function waitForLock(wire: Connection, request: RunnerLockRequest): Promise<string | null> {
  const { settings, operation, logger } = request;
  const started = performance.now();
  let said = { pid: 0, at: 0 };
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    const key = [RUNNER_LOCK_CLASS, runnerLockKey(settings.name)];
    const [answer] = await wire.query('select pg_catalog.pg_try_advisory_lock($1::int, $2::int) as granted', key);
    const waitedMs = performance.now() - started;
    if (answer?.['granted'] === true) {
      if (said.pid !== 0) logger.info(`${operation}: got ${printLock(settings)} after ${duration(waitedMs)}.`);
      return null;
    }
    const holder = await readHolder(wire, settings.name);
    if (holder !== null && isOurs(holder)) return nameHolder(holder.pid, holder.application);
    const leftMs = settings.waitMs - waitedMs;
    if (leftMs <= 0) throw notGranted(request, waitedMs, holder);
    const news = holder !== null && (holder.pid !== said.pid || waitedMs - said.at >= SAY_AGAIN_MS);
    if (news) {
      said = { pid: holder.pid, at: waitedMs };
      logger.info(
        `${operation}: waiting for ${printLock(settings)}, at most ${duration(leftMs)} more. It is held by ${printHolder(holder)}.`,
      );
    }
    // Half of it is random, so that several who wait do not march in step.
    const nextMs = Math.min(pauseMs * (0.5 + Math.random() / 2), leftMs);
    await new Promise((resolve) => setTimeout(resolve, nextMs));
  }
}

/** Who has the lock at this moment. Its age counts from the moment it got it, because its connection does nothing since. */
async function readHolder(wire: Connection, name: string): Promise<Holder | null> {
  const [row] = await wire.query(
    `select l.pid, l.mode, a.usename, a.application_name, a.state,
       extract(epoch from pg_catalog.clock_timestamp() - a.state_change)::int as age_seconds
     from pg_catalog.pg_locks l left join pg_catalog.pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'advisory' and l.granted and l.classid = $1::oid and l.objid = $2::oid and l.objsubid = 2
       and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())`,
    [RUNNER_LOCK_CLASS, runnerLockKey(name) >>> 0],
  );
  if (row === undefined) return null;
  return {
    pid: Number(row['pid']),
    kind: 'session',
    user: textOrNull(row['usename']),
    application: textOrNull(row['application_name']),
    state: textOrNull(row['state']),
    wait: null,
    mode: String(row['mode']),
    on: printLock({ name }),
    ageSeconds: typeof row['age_seconds'] === 'number' ? row['age_seconds'] : null,
    query: null,
    preparedTransaction: null,
  };
}

/** A migration that runs migrations itself, or a runner under `holdfast exclusive` that takes the lock too, must not wait for itself. */
function isOurs({ pid, application }: Holder): boolean {
  const holder = nameHolder(pid, application);
  return held.getStore()?.includes(holder) === true || process.env[HELD_BY_PARENT] === holder;
}

/** A process id alone may be that of somebody on another server. */
function nameHolder(pid: number, application: string | null): string {
  return `${pid} ${application}`;
}

async function release({ connection, wire }: LockSession, { name }: RunnerLockSettings): Promise<void> {
  // The end of the connection alone would not do: a program that was started meanwhile may have a copy of its socket.
  const key = [RUNNER_LOCK_CLASS, runnerLockKey(name)];
  // Whatever is wrong with the connection, the lock ends with it; that it was lost has been said.
  await wire.query('select pg_catalog.pg_advisory_unlock($1::int, $2::int)', key).catch(() => undefined);
  await connection.close();
}

function warnOfLoss({ settings, operation, logger }: RunnerLockRequest, error: Error | null): void {
  logger.warn(
    `${operation}: THE LOCK IS LOST. The connection that held ${printLock(settings)} is gone: ${error?.message ?? 'the server has closed it'}. Another deployer may run at the same time from now on.`,
  );
}

function notGranted(request: RunnerLockRequest, waitedMs: number, holder: Holder | null): LockTimeoutError {
  const by = holder === null ? '' : ` It is held by ${printHolder(holder)}.`;
  const end =
    holder === null ? '' : `\nIf that one is stuck for certain, end it:\n  SELECT pg_terminate_backend(${holder.pid});`;
  return new LockTimeoutError({
    operation: request.operation,
    target: printLock(request.settings),
    happened: `not granted within ${duration(waitedMs)}.${by}`,
    hint: `Another deployer migrates this database. Run again when it is done, or wait longer: ${request.words.wait}${end}`,
    blockers: holder === null ? [] : [holder],
  });
}

function notTaken({ operation, settings }: RunnerLockRequest, cause: unknown): StepFailedError {
  return new StepFailedError({
    operation,
    target: printLock(settings),
    happened: `it could not be taken: ${cause instanceof Error ? cause.message : String(cause)}.`,
    left: NOTHING_CHANGED,
    hint: 'Run again when the server answers.',
    cause,
  });
}

function printHolder({ pid, user, application, ageSeconds }: Holder): string {
  const age = ageSeconds === null ? null : `for ${duration(ageSeconds * 1_000)}`;
  return `pid ${pid} (${[user, application, age].filter(Boolean).join(', ')})`;
}

function printLock({ name }: Pick<RunnerLockSettings, 'name'>): string {
  return `the lock "${name}"`;
}
