/** One random sequence of operations on one random schema, walked in every way that must lead to the same end. */
import { inspect } from 'node:util';
import { type Guard, type GuardEvent, type GuardOptions, guard, HoldfastError, type Outcome } from '@holdfast/core';
import pg from 'pg';
import { NOTHING_CHANGED } from '../../packages/core/src/errors.js';
import { catalogOf, rowsOf } from '../support/catalog.js';
import { pidOf } from '../support/clients.js';
import { type Call, independent, isMonotone } from './operations.js';

interface State {
  readonly catalog: readonly string[];
  readonly rows: readonly string[];
}

/** Where the first run ends, and how. */
interface Cut {
  /** Which of its step events, by its part of all of them in 1/1000. */
  readonly permille: number;
  readonly kind: 'throw' | 'close';
}

export interface Walk {
  readonly url: string;
  /** Makes the schema anew. */
  readonly schema: string;
  readonly calls: readonly Call[];
  readonly cut: Cut;
  /** The one long transaction is committed. */
  readonly commits: boolean;
}

/** What a walk was about: without such numbers nobody knows that a green test has tried anything. */
export interface Tally {
  accepted: number;
  refused: number;
  monotone: number;
  committed: number;
  stoppedInTransaction: number;
  halfway: number;
  unplannable: number;
  /** What the server refused and Holdfast did not foresee. */
  readonly unforeseen: Set<string>;
}

export function emptyTally(): Tally {
  return {
    accepted: 0,
    refused: 0,
    monotone: 0,
    committed: 0,
    stoppedInTransaction: 0,
    halfway: 0,
    unplannable: 0,
    unforeseen: new Set(),
  };
}

class Interruption extends Error {}

/** One connection, made again when it was closed. */
export class Session {
  #client: pg.Client | undefined;
  constructor(private readonly url: string) {}

  async client(): Promise<pg.Client> {
    if (this.#client !== undefined) return this.#client;
    const client = new pg.Client({ connectionString: this.url });
    client.on('error', () => {}); // it is cut on purpose
    await client.connect();
    this.#client = client;
    return client;
  }

  /** Cuts the connection off, as a process that ends does. */
  cut(): void {
    (this.#client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }

  /** A new connection, once the server has ended what the last one left. */
  async again(): Promise<void> {
    const old = await this.client();
    const pid = pidOf(old);
    this.cut();
    this.#client = undefined;
    const client = await this.client();
    for (;;) {
      const { rowCount } = await client.query('SELECT FROM pg_stat_activity WHERE pid = $1', [pid]);
      if (rowCount === 0) return;
    }
  }

  async end(): Promise<void> {
    await this.#client?.end();
  }
}

/** Something that must never be. The message tells what, and where in the sequence. */
export class Broken extends Error {}

export async function walk(session: Session, { schema, calls, cut, commits }: Walk, tally: Tally): Promise<void> {
  const start = await anew(session, schema);
  const first = await runTwice(session, calls, tally);
  const { accepted } = first;
  const monotone = isMonotone(accepted);
  tally.accepted += accepted.length;
  tally.refused += calls.length - accepted.length;
  if (accepted.length === 0) return;
  if (monotone) tally.monotone += 1;

  await anew(session, schema);
  if (monotone) await planAll(session, accepted, { start, steps: first.steps, tally });
  await interrupt(session, accepted, { ...cut, events: first.events });
  if (monotone) await runAgain(session, accepted, first.end);
  else await runAgainOrStop(session, accepted, { end: first.end, tally });

  await anew(session, schema);
  await inOneTransaction(session, accepted, { commits, start, end: first.end, tally });
}

async function anew(session: Session, schema: string): Promise<State> {
  const client = await session.client();
  await client.query(schema);
  return stateOf(client);
}

async function stateOf(client: pg.Client): Promise<State> {
  return { catalog: await catalogOf(client), rows: await rowsOf(client) };
}

interface First {
  readonly accepted: readonly Call[];
  /** Of each one that was accepted. */
  readonly steps: readonly (readonly string[])[];
  readonly events: number;
  readonly end: State;
}

/** Each operation is planned, run, and run again. What it refuses leaves the database as it was. */
async function runTwice(session: Session, calls: readonly Call[], tally: Tally): Promise<First> {
  const client = await session.client();
  const accepted: Call[] = [];
  const steps: (readonly string[])[] = [];
  let events = 0;
  let state = await stateOf(client);
  for (const call of calls) {
    const planned = await attempt(client, call, { mode: 'plan' });
    const seen: GuardEvent[] = [];
    const done = await attempt(client, call, { onEvent: (event) => seen.push(event) });
    await requireIdle(client, call);
    const now = await stateOf(client);
    if (done instanceof HoldfastError) {
      if (isHalfway(done)) {
        await requireHalfway(client, call, { before: state, error: done });
        tally.halfway += 1;
        break;
      }
      requireRefusal(call, done, tally);
      requireSame(`refused by ${print(call)} (${done.message}), but it left another state`, state, now);
      continue;
    }
    const surprise = seen.find((event) => event.type === 'surprise');
    if (surprise !== undefined)
      throw new Broken(`${print(call)} ended otherwise than it predicted: ${inspect(surprise, { depth: 9 })}`);
    if (planned instanceof HoldfastError)
      throw new Broken(`${print(call)} could be done, but not planned: ${planned.message}`);
    if (!isDecidedByServer(call, stepsOf(done)) && (planned.reason === undefined || planned.steps.length > 0))
      requireSameSteps(`${print(call)} did something else than its plan`, stepsOf(planned), stepsOf(done));
    const again = await attempt(client, call);
    if (again instanceof HoldfastError)
      throw new Broken(`${print(call)} cannot be run a second time: ${again.message}`);
    if (again.status !== 'unchanged')
      throw new Broken(`${print(call)} is ${again.status} when it is run a second time`);
    if (call.method !== 'backfill') requireSameSteps(`${print(call)} does something a second time`, [], stepsOf(again));
    requireSame(`${print(call)} changed something when it was run a second time`, now, await stateOf(client));
    accepted.push(call);
    steps.push(stepsOf(done));
    events += seen.filter(isStep).length;
    state = now;
  }
  return { accepted, steps, events, end: state };
}

/** Runs the sequence up to an event of a step, and ends there. */
async function interrupt(
  session: Session,
  calls: readonly Call[],
  cut: Cut & { readonly events: number },
): Promise<void> {
  const client = await session.client();
  const last = Math.floor((cut.permille * (cut.events + 1)) / 1000);
  let left = last;
  const onEvent = (event: GuardEvent): void => {
    if (!isStep(event)) return;
    left -= 1;
    if (left !== 0) return;
    if (cut.kind === 'close') session.cut();
    throw new Interruption();
  };
  for (const call of calls) {
    if (left <= 0) break;
    const done = await attempt(client, call, { onEvent });
    if (done instanceof HoldfastError && left > 0)
      throw new Broken(`${print(call)}, accepted before, is refused: ${done.message}`);
    if (left > 0) continue;
    if (cut.kind === 'close') await session.again();
    else await requireIdle(client, call);
    return;
  }
}

/** A monotone sequence ends where it ended before. */
async function runAgain(session: Session, calls: readonly Call[], end: State): Promise<void> {
  const client = await session.client();
  for (const call of calls) {
    const done = await attempt(client, call);
    if (done instanceof HoldfastError) throw new Broken(`after the cut ${print(call)} is refused: ${done.message}`);
  }
  requireSame('after the cut, the whole sequence ends otherwise', end, await stateOf(client));
}

/** One that contradicts itself ends there as well, or at an operation that says so, and what it has changed. */
async function runAgainOrStop(
  session: Session,
  calls: readonly Call[],
  { end, tally }: Pick<Whole, 'end' | 'tally'>,
): Promise<void> {
  const client = await session.client();
  for (const call of calls) {
    const before = await stateOf(client);
    const done = await attempt(client, call);
    if (!(done instanceof HoldfastError)) continue;
    if (isHalfway(done)) return requireHalfway(client, call, { before, error: done });
    requireRefusal(call, done, tally);
    requireSame(
      `after the cut ${print(call)} is refused (${done.message}), but left another state`,
      before,
      await stateOf(client),
    );
    return;
  }
  requireSame('after the cut, the whole sequence ends otherwise, without an error', end, await stateOf(client));
}

interface Whole {
  readonly start: State;
  readonly end: State;
  readonly commits: boolean;
  readonly tally: Tally;
}

/** In one transaction: the same end, or nothing at all. */
async function inOneTransaction(
  session: Session,
  calls: readonly Call[],
  { start, end, commits, tally }: Whole,
): Promise<void> {
  const client = await session.client();
  await client.query('BEGIN');
  for (const call of calls) {
    const done = await attempt(client, call);
    if (!(done instanceof HoldfastError)) continue;
    requireRefusal(call, done, tally);
    tally.stoppedInTransaction += 1;
    await client.query('ROLLBACK');
    requireSame('the transaction was rolled back, but something stayed', start, await stateOf(client));
    return;
  }
  await client.query(commits ? 'COMMIT' : 'ROLLBACK');
  if (commits) tally.committed += 1;
  await requireIdle(client, calls[0] as Call);
  const what = commits
    ? 'in one transaction the sequence ends otherwise'
    : 'the transaction was rolled back, but something stayed';
  requireSame(what, commits ? end : start, await stateOf(client));
}

/** The plan of the whole sequence, made at its start, changes nothing and names the statements that then run. */
async function planAll(
  session: Session,
  calls: readonly Call[],
  { start, steps, tally }: Pick<First, 'steps'> & Pick<Whole, 'start' | 'tally'>,
): Promise<void> {
  const client = await session.client();
  const g = guard(client, { mode: 'plan' });
  const free = independent(calls);
  for (const [i, call] of calls.entries()) {
    const planned = await invoke(g, call);
    if (planned instanceof HoldfastError) {
      // Of what earlier ones make, a plan knows that tables, columns and types will be there, not all of how they will be.
      if (free[i] === true) throw new Broken(`at the start ${print(call)} cannot be planned: ${planned.message}`);
      tally.unplannable += 1;
      continue;
    }
    // What an earlier one takes along, as an index goes with its column, is there as long as nothing was done.
    const gone = steps[i]?.length === 0 && call.method.startsWith('safeDrop');
    const comparable = free[i] === true && !gone && !isDecidedByServer(call, steps[i] ?? []);
    if (comparable && (planned.reason === undefined || planned.steps.length > 0))
      requireSameSteps(
        `the plan of ${print(call)}, made at the start, is not what then runs`,
        changesOf(stepsOf(planned)),
        changesOf(steps[i] ?? []),
      );
  }
  requireSame('a plan changed something', start, await stateOf(client));
}

/** Whether two spellings of a default are one is decided by the server when it is applied: then nothing runs. A plan does not ask it. */
function isDecidedByServer({ method }: Call, ran: readonly string[]): boolean {
  return method === 'safeSetDefault' && ran.length === 0;
}

function attempt(client: pg.Client, call: Call, options: GuardOptions = {}): Promise<Outcome | HoldfastError> {
  return invoke(guard(client, options), call);
}

/** Its outcome, or its typed error; any other error breaks the promise. */
async function invoke(g: Guard, call: Call): Promise<Outcome | HoldfastError> {
  const methods = g as unknown as Record<string, (...args: readonly unknown[]) => Promise<Outcome>>;
  try {
    return await (methods[call.method] as (typeof methods)[string]).apply(g, [...call.args]);
  } catch (error) {
    if (error instanceof HoldfastError) return error;
    throw new Broken(`${print(call)} failed with an error that is none of Holdfast's: ${inspect(error)}`);
  }
}

/** Nothing was changed, and the message says so and what to do. What only the server foresaw is counted. */
function requireRefusal(call: Call, error: HoldfastError, tally: Tally): void {
  if (error.code === 'HF_FAILED') tally.unforeseen.add(error.happened.split('\n')[0] as string);
  if (error.left !== NOTHING_CHANGED && !error.left.startsWith("The migration's transaction has failed"))
    throw new Broken(`${print(call)} failed, and not before it had changed something: ${error.message}`);
  if (error.hint === '') throw new Broken(`${print(call)} is refused without a cure: ${error.message}`);
}

/** Outside of a transaction: has it done something before it stopped? */
function isHalfway({ left }: HoldfastError): boolean {
  return left !== NOTHING_CHANGED;
}

/**
 * Rows that an operation has filled itself can be in the way of what comes later (a default, and UNIQUE; one batch, and the next): it stops
 * halfway, says what it has done, and stops there again without doing more. The walk ends with it: the operations after it would stand on
 * half of it.
 */
async function requireHalfway(
  client: pg.Client,
  call: Call,
  { before, error }: { readonly before: State; readonly error: HoldfastError },
): Promise<void> {
  if (error.code !== 'HF_DATA') throw new Broken(`${print(call)} stops halfway, not for its rows: ${error.message}`);
  const now = await stateOf(client);
  if (JSON.stringify(now) === JSON.stringify(before))
    throw new Broken(`${print(call)} says it did something: ${error.message}`);
  const again = await attempt(client, call);
  if (!(again instanceof HoldfastError)) throw new Broken(`${print(call)} stops halfway and then succeeds`);
  requireSame(`${print(call)} stopped halfway, and did more when it was run again`, now, await stateOf(client));
}

/** No transaction, no setting is left behind on the connection. */
async function requireIdle(client: pg.Client, call: Call): Promise<void> {
  const { rows } = await client.query(
    "SELECT now() = statement_timestamp() AS idle, current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS statement",
  );
  const left = JSON.stringify(rows[0]);
  if (left !== '{"idle":true,"lock":"0","statement":"0"}')
    throw new Broken(`${print(call)} left the connection ${left}`);
}

function requireSame(what: string, expected: State, found: State): void {
  const differences = [...compare(expected.catalog, found.catalog), ...compare(expected.rows, found.rows)];
  if (differences.length > 0) throw new Broken(`${what}:\n${differences.join('\n')}`);
}

function requireSameSteps(what: string, expected: readonly string[], found: readonly string[]): void {
  if (JSON.stringify(expected) !== JSON.stringify(found))
    throw new Broken(`${what}:\n${compare(expected, found).join('\n')}`);
}

/** Without the looks at rows: they show the key that a table has by then. */
function changesOf(steps: readonly string[]): readonly string[] {
  return steps.filter((step) => !step.startsWith('SELECT'));
}

/** Lines that only one of them has. */
function compare(expected: readonly string[], found: readonly string[]): readonly string[] {
  return [
    ...expected.filter((line) => !found.includes(line)).map((line) => `  expected ${line}`),
    ...found.filter((line) => !expected.includes(line)).map((line) => `  found    ${line}`),
  ];
}

function isStep(event: GuardEvent): boolean {
  return event.type.startsWith('step:');
}

function stepsOf(outcome: Outcome): readonly string[] {
  return [...outcome.children.flatMap(stepsOf), ...outcome.steps.map((step) => step.sql)];
}

/** As it would stand in a migration. */
export function print({ method, args }: Call): string {
  const shown = args.map((arg) => inspect(arg, { depth: 9, breakLength: Number.POSITIVE_INFINITY }));
  return `await g.${method}(${shown.join(', ')});`;
}
