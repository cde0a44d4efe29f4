/**
 * backfillJobs: a backfill as jobs of pg-boss, so that workers on several machines share it. Each job changes the rows of one range that
 * still need it, in one transaction that also completes the job: one that runs again, after a crash or beside itself, does no harm.
 */
import { createHash } from 'node:crypto';
import { requireCondition, requireKeys, requireNewValues, wholeNumber, wrong } from './arguments.js';
import { requireAllRows } from './data/all-rows.js';
import { backfill } from './data/backfill.js';
import { assignments, type ColumnTypes, type Condition, closed, conditionOf } from './data/condition.js';
import { conditionIn, type Lane, lanesOf, type Place, type Window, windowEnd } from './data/lanes.js';
import { requireColumns } from './data/require-columns.js';
import { messageOf, translate } from './engine/translate.js';
import { PrerequisiteError, RefusedError } from './errors.js';
import { type ObjectName, parseName, printName, type TableName } from './names.js';
import { Connection, type Row } from './postgres/connection.js';
import type { PgClient } from './session.js';
import { quoteIdent } from './sql.js';

/** What is used of a started `PgBoss` of pg-boss 10.4 or later. */
export interface JobQueue {
  getQueue(name: string): Promise<unknown>;
  send(name: string, data: object, options: JobSettings & { readonly db: JobDatabase }): Promise<string | null>;
  fetch(name: string): Promise<readonly { readonly id: string; readonly data: unknown }[] | null>;
  complete(name: string, id: string, output: object, options: { readonly db: JobDatabase }): Promise<unknown>;
  fail(name: string, id: string, output: object): Promise<unknown>;
}

/** How pg-boss reaches a database. */
interface JobDatabase {
  // biome-ignore lint/suspicious/noExplicitAny: the type of pg-boss, in both directions.
  executeSql(text: string, values?: any[]): Promise<{ rows: any[] }>;
}

interface JobSettings {
  readonly expireInSeconds: number;
  readonly retryLimit: number;
  readonly retryDelay: number;
  readonly retryBackoff: boolean;
}

export interface BackfillJobsOptions {
  /** Name of a queue that is there: `boss.createQueue(name)`. One for each backfill. */
  readonly queue: string;
  readonly table: TableName;
  /** New values by column: a value, or an expression by the `sql` tag. */
  readonly set: Readonly<Record<string, unknown>>;
  /** Which rows need it, as for `backfill`. */
  readonly where?: Condition;
  /** Rows in the range of one job, whether they need it or not: what one transaction changes at most. 1–1 000 000, default 5 000. */
  readonly rangeRows?: number;
  /** So long a job may wait for rows that others have locked, in ms; then it fails and is tried again. 1–60 000, default 2 000. */
  readonly lockTimeoutMs?: number;
  /** A job of a worker that died is given to another one after so many seconds. 1–3 600, default 60. */
  readonly expireInSeconds?: number;
  /** How often a job is tried again. 0–100, default 5. */
  readonly retryLimit?: number;
  /** Schema of pg-boss. Default `pgboss`. */
  readonly schema?: string;
}

export interface JobsProgress {
  /** Ranges by what has become of them. A range that failed may be tried again: then it is waiting. */
  readonly waiting: number;
  readonly active: number;
  readonly completed: number;
  readonly failed: number;
  /** Rows changed by completed jobs. */
  readonly rows: number;
  /** What the failed ones said last, each once. At most 10. */
  readonly errors: readonly string[];
}

export interface BackfillJobs {
  /**
   * Makes a job of each range of the table, all or none: in the transaction that `client` is in, else in one of its own. Resolves with
   * their number; 0 when the queue still has jobs to do. Rejects with the errors of `backfill`, and with `PrerequisiteError` without the
   * queue.
   */
  enqueue(client: PgClient): Promise<number>;
  /** Does one job after the other until none is waiting or active anywhere, or until the signal. `client` must not be in a transaction. */
  work(client: PgClient, options?: { readonly signal?: AbortSignal }): Promise<JobsProgress>;
  progress(client: PgClient): Promise<JobsProgress>;
}

/** The same call on each machine: jobs hold ranges and no SQL, and a worker refuses those of another `set` or `where`. */
export function backfillJobs(boss: JobQueue, options: BackfillJobsOptions): BackfillJobs {
  const job = parseOptions(options);
  return {
    enqueue: (client) => asked(job, enqueue(connectionOf(client), boss, job)),
    work: (client, { signal } = {}) => asked(job, work(connectionOf(client), boss, job, signal)),
    progress: (client) => asked(job, readProgress(connectionOf(client), job)),
  };
}

/** Errors of the server come as errors of this package. */
async function asked<T>({ table }: Job, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw translate({ operation: OPERATION, target: printName(table), statement: 'a query', left: LEFT, error });
  }
}

const LEFT = 'Rows of completed jobs were changed and stay.';

const OPERATION = 'backfillJobs';

interface Job {
  readonly queue: string;
  readonly table: ObjectName;
  readonly set: Readonly<Record<string, unknown>>;
  readonly where?: Condition;
  readonly rangeRows: number;
  readonly lockTimeoutMs: number;
  readonly settings: JobSettings;
  readonly schema: string;
}

/** What a job holds. */
interface Range extends Window {
  /** Of the change: the range of another one must not be taken for it. */
  readonly change: string;
  readonly relation: string;
  readonly along: string;
}

function parseOptions(options: BackfillJobsOptions): Job {
  requireKeys(OPERATION, 'options', options, [
    'queue',
    'table',
    'set',
    'where',
    'rangeRows',
    'lockTimeoutMs',
    'expireInSeconds',
    'retryLimit',
    'schema',
  ]);
  const { queue, table, set, where, schema = 'pgboss' } = options;
  const { rangeRows = 5_000, lockTimeoutMs = 2_000, expireInSeconds = 60, retryLimit = 5 } = options;
  if (typeof queue !== 'string' || queue === '') throw wrong(OPERATION, 'queue', 'must be the name of a queue');
  requireNewValues(OPERATION, set);
  requireCondition(OPERATION, where);
  wholeNumber(OPERATION, 'rangeRows', rangeRows, 1, 1_000_000);
  wholeNumber(OPERATION, 'lockTimeoutMs', lockTimeoutMs, 1, 60_000);
  wholeNumber(OPERATION, 'expireInSeconds', expireInSeconds, 1, 3_600);
  wholeNumber(OPERATION, 'retryLimit', retryLimit, 0, 100);
  return {
    queue,
    table: parseName(OPERATION, table),
    set,
    ...(where === undefined ? {} : { where }),
    rangeRows,
    lockTimeoutMs,
    settings: { expireInSeconds, retryLimit, retryDelay: 1, retryBackoff: true },
    schema,
  };
}

async function enqueue(connection: Connection, boss: JobQueue, job: Job): Promise<number> {
  await requireQueue(boss, job);
  const own = (await connection.transaction()) === 'none';
  const prepared = await prepare(connection, job);
  if (own) await connection.query('BEGIN');
  try {
    const { waiting, active } = await readProgress(connection, job);
    let sent = 0;
    if (waiting + active === 0) {
      const change = changeOf(job, prepared.types);
      for (const lane of await lanesFor(connection, job, prepared))
        for await (const window of windowsOf(connection, lane, job.rangeRows)) {
          const range: Range = { ...window, change, relation: lane.relation, along: alongOf(lane) };
          await boss.send(job.queue, range, { ...job.settings, db: within(connection) });
          sent += 1;
        }
    }
    if (own) await connection.query('COMMIT');
    return sent;
  } catch (error) {
    // The first error is the one to report; a connection that is lost has rolled back.
    if (own) await connection.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function* windowsOf(connection: Connection, lane: Lane, rangeRows: number): AsyncGenerator<Window> {
  const { way } = lane;
  const size = way.along === 'key' ? rangeRows : Math.max(1, Math.round(rangeRows / way.rowsPerBlock));
  let from: Place | null = null;
  for (;;) {
    const { to, last } = await windowEnd(connection, lane, { from, to: null }, size);
    // Open at its end: rows that come in later belong to the last one.
    yield { from, to: last ? null : to };
    if (last) return;
    from = to;
  }
}

const PAUSE_MS = 1_000;

async function work(connection: Connection, boss: JobQueue, job: Job, signal?: AbortSignal): Promise<JobsProgress> {
  if ((await connection.transaction()) !== 'none') throw inTransaction(job);
  await requireQueue(boss, job);
  const prepared = await prepare(connection, job);
  while (signal?.aborted !== true) {
    const [next] = (await boss.fetch(job.queue)) ?? [];
    if (next !== undefined) {
      await perform(connection, boss, job, { ...prepared, id: next.id, range: next.data as Range });
      continue;
    }
    const { waiting, active } = await readProgress(connection, job);
    if (waiting + active === 0) break;
    // Others are at work, or a job waits for its next try.
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return readProgress(connection, job);
}

interface Prepared {
  readonly table: ObjectName;
  readonly key: readonly string[];
  readonly types: ColumnTypes;
}

async function perform(
  connection: Connection,
  boss: JobQueue,
  job: Job,
  at: Prepared & { readonly id: string; readonly range: Range },
): Promise<void> {
  try {
    await connection.script(['BEGIN', `SET LOCAL lock_timeout = ${job.lockTimeoutMs}`]);
    const rows = await changeRange(connection, job, at);
    await boss.complete(job.queue, at.id, { rows }, { db: within(connection) });
    await connection.query('COMMIT');
  } catch (error) {
    // Rejects when the connection is lost: then the worker ends, and the job expires and goes to another one.
    await connection.query('ROLLBACK');
    await boss.fail(job.queue, at.id, { message: messageOf(error) });
  }
}

async function changeRange(
  connection: Connection,
  job: Job,
  at: Prepared & { readonly range: Range },
): Promise<number> {
  const { types, range } = at;
  if (range.change !== changeOf(job, types))
    throw refused(job, 'the job belongs to another set or where than this one.');
  const lanes = await lanesFor(connection, job, at);
  const lane = lanes.find(({ relation }) => relation === range.relation);
  if (lane === undefined || range.along !== alongOf(lane)) {
    const [found] = await connection.query('SELECT pg_catalog.to_regclass($1) IS NULL AS gone', [range.relation]);
    // A partition that was dropped has no rows that need it.
    if (lane === undefined && found?.['gone'] === true) return 0;
    throw refused(job, `${range.relation} has other keys or partitions than when the job was made.`);
  }
  const own = `(${closed(conditionOf(job, types))})`;
  const [row] = await connection.query(
    `WITH holdfast_changed AS (UPDATE ${lane.table} SET ${assignments(job.set, types)} WHERE ${conditionIn(lane, range)} AND ${own} RETURNING ${own} IS TRUE AS still)
     SELECT count(*)::int AS changed, (count(*) FILTER (WHERE still))::int AS still FROM holdfast_changed`,
  );
  if (Number(row?.['still']) > 0)
    throw refused(job, `the change does not make its own condition false: ${conditionOf(job, types)}`);
  return Number(row?.['changed']);
}

/** Bit of an UPDATE trigger in `tgtype` (pg_trigger.h). */
const UPDATED = 16;

function lanesFor(connection: Connection, { set }: Job, { table, key }: Prepared): Promise<readonly Lane[]> {
  return lanesOf(connection, { table, key, columns: Object.keys(set), rights: ['SELECT', 'UPDATE'], event: UPDATED });
}

/** What stands in the way of any backfill, said before the first job. */
async function prepare(connection: Connection, { table: asked, set, where }: Job): Promise<Prepared> {
  const columns = Object.keys(set);
  await requireColumns(connection, OPERATION, [{ table: asked, columns }]);
  await requireAllRows(connection, OPERATION, [asked]);
  const args = { table: asked, set, ...(where === undefined ? {} : { where }) };
  const facts = await backfill.inspect(connection, args);
  const next = backfill.next(facts, args, 'online');
  if (next !== null && 'refuse' in next)
    throw new RefusedError({ operation: OPERATION, target: facts.target, happened: next.refuse, hint: next.hint });
  return { table: facts.table, key: facts.key, types: facts.types };
}

async function readProgress(connection: Connection, { queue, schema }: Job): Promise<JobsProgress> {
  const [kept] = await connection.query(`SELECT pg_catalog.to_regclass($1) IS NOT NULL AS archive`, [
    `${quoteIdent(schema)}.archive`,
  ]);
  const jobs = (table: string): string =>
    `SELECT state::text AS state, output FROM ${quoteIdent(schema)}.${table} WHERE name = $1`;
  // Up to pg-boss 10, jobs that are done move to a table of their own after a while.
  const all = kept?.['archive'] === true ? `${jobs('job')} UNION ALL ${jobs('archive')}` : jobs('job');
  const [row] = await connection.query(
    `SELECT (count(*) FILTER (WHERE state IN ('created', 'retry')))::int AS waiting, (count(*) FILTER (WHERE state = 'active'))::int AS active,
       (count(*) FILTER (WHERE state = 'completed'))::int AS completed, (count(*) FILTER (WHERE state IN ('failed', 'cancelled')))::int AS failed,
       coalesce(sum((output->>'rows')::bigint) FILTER (WHERE state = 'completed'), 0)::bigint AS rows,
       (SELECT pg_catalog.json_agg(message) FROM (SELECT DISTINCT output->>'message' AS message FROM (${all}) f
          WHERE state IN ('failed', 'retry') AND output->>'message' IS NOT NULL ORDER BY 1 LIMIT 10) m) AS errors
     FROM (${all}) j`,
    [queue],
  );
  const { waiting, active, completed, failed, rows, errors } = row as Row;
  const counts = { waiting, active, completed, failed, rows } as Omit<JobsProgress, 'errors'>;
  return { ...counts, errors: (errors ?? []) as readonly string[] };
}

function connectionOf(client: PgClient): Connection {
  return new Connection(client, { log: () => undefined });
}

/** Lets pg-boss work in the transaction of this connection. */
function within(connection: Connection): JobDatabase {
  return { executeSql: async (text, values = []) => ({ rows: [...(await connection.query(text, values))] }) };
}

/** Changes when the statement does. */
function changeOf(job: Job, types: ColumnTypes): string {
  const text = `${printName(job.table)} ${assignments(job.set, types)} ${conditionOf(job, types)}`;
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function alongOf({ way }: Lane): string {
  return way.along === 'key' ? way.columns.join(', ') : 'blocks';
}

async function requireQueue(boss: JobQueue, { queue, table }: Job): Promise<void> {
  if ((await boss.getQueue(queue)) != null) return;
  throw new PrerequisiteError({
    operation: OPERATION,
    target: printName(table),
    happened: `pg-boss has no queue ${queue}.`,
    hint: `Make it once, outside of any transaction:\n  await boss.createQueue('${queue}');`,
    missing: [{ kind: 'queue', name: queue, problem: 'does not exist', nearMisses: [] }],
  });
}

function refused({ table }: Job, happened: string): RefusedError {
  return new RefusedError({
    operation: OPERATION,
    target: printName(table),
    happened,
    hint: 'Run the same release on all machines, and enqueue again.',
  });
}

function inTransaction({ table }: Job): RefusedError {
  return new RefusedError({
    operation: OPERATION,
    target: printName(table),
    happened: 'the client is in a transaction: the rows of all jobs would stay locked until it ends.',
    hint: 'Give work a client of its own.',
  });
}
