/** One migration as a whole: is its effect there already, is a part, or nothing? Then it is skipped, resumed, run, or stopped before any change. */
import { readFileSync } from 'node:fs';
import type { Body } from '../body/body.js';
import { runBody } from '../body/run-body.js';
import { emit } from '../engine/context.js';
import { sqlState } from '../engine/translate.js';
import { MismatchError, RefusedError } from '../errors.js';
import { type CatalogLines, readCatalogLines } from '../fingerprint/read-catalog-lines.js';
import { quoteName } from '../names.js';
import type { Settings } from '../options.js';
import { Connection } from '../postgres/connection.js';
import { pendingLack } from '../prerequisites/derived.js';
import { ignoredTables, parseSchemaLock, type SchemaLock } from '../schema-lock/schema-lock.js';
import type { PgClient, Session } from '../session.js';
import { quoteIdent } from '../sql.js';
import { asCurrent, type CurrentMigration } from './current.js';
import { type Direction, JOURNAL, Journal, type JournalRecord, type Marks } from './journal.js';
import { countNeeds, lackingOf, missingNow } from './needs.js';
import type { WholeOptions } from './options.js';
import { checkAfter, type Decision, decideDown, decideUp, type History, historyOf } from './position.js';
import { currentRehearsal } from './rehearsal.js';
import { isReplay } from './replay.js';

interface Locked {
  readonly lock: SchemaLock;
  readonly history: History;
}

/** What all migrations of one run share. */
export class MigrationRun {
  readonly #path: string | null;
  readonly #options: WholeOptions;
  #lock: Locked | undefined;
  /** As the last migration left it. */
  #live: CatalogLines | undefined;
  #marks: Marks | undefined;
  /** The ledger has been found. */
  #ledgerThere = false;
  /** What the pending migrations need has been looked for. */
  #looked = false;

  constructor(path: string | null, options: WholeOptions = {}) {
    this.#path = path;
    this.#options = options;
  }

  /** The next run of the same project: somebody else may have changed the database meanwhile. */
  forget(): void {
    this.#live = undefined;
    this.#marks = undefined;
    this.#ledgerThere = false;
    this.#looked = false;
  }

  /**
   * Runs `up`, or `down`, on a connection that the guard listens to. Resolves with undefined where it was there already. Rejects before any
   * change with `PrerequisiteError` when this or another pending migration lacks what it needs, and with `RefusedError` where it cannot be
   * decided; with `MismatchError` when the schema is not as the lock says after it, and otherwise as `runBody` does.
   */
  async perform<T>(performed: Performed<T>): Promise<T | undefined> {
    const { settings, body, name, run, lend } = performed;
    if (isReplay()) return runBody(body, run);
    currentRehearsal()?.body(name, performed.direction);
    const index = this.#known(name);
    if (index === null) {
      if (this.#path !== null)
        say(
          settings,
          name,
          `${this.#path} does not know it: each statement is judged by itself. Make it anew: npx holdfast lock`,
        );
      return runBody(body, run);
    }
    const { history } = this.#lock as Locked;
    const ready = await lend((client) => this.#look(client, performed, { index, history }));
    return this.#carryOut(performed, ready);
  }

  async #look<T>(
    client: PgClient,
    { session, name, direction }: Performed<T>,
    { index, history }: Pick<Ready, 'index' | 'history'>,
  ): Promise<Ready> {
    const { ledger } = session;
    const journal = new Journal({ schema: this.#options.journalSchema ?? ledger?.table.schema, name: JOURNAL });
    const transactional = (await stateOf(client)) !== 'I';
    const done = await this.#done(client, ledger, transactional);
    const marks = await this.#contact(client, journal, done);
    this.#live ??= await this.#read(client);
    const live = this.#live;
    const record = await journal.of(client, name, direction);
    // In the middle of a migration what it has dropped, and is to make again, is missing to it and to those behind it.
    if (direction === 'up' && record.empty) this.#lookForPending(session, history, live, done, marks);
    const earlier = history.migrations[index - 1];
    const ledgerReachesIt = earlier === undefined || done.has(earlier.name);
    const anyway = direction === 'up' && marks.anyway.has(name);
    const ready = { transactional, record, index, history, journal, anyway };
    if (!record.empty)
      return {
        ...ready,
        decision: { do: 'run', sure: false, warning: 'a part of it ran before: it goes on behind that' },
      };
    const decision =
      direction === 'up'
        ? decideUp(history, { live, index, transactional, marked: marks.done.has(name), ledgerReachesIt })
        : decideDown(history, { live, index });
    return { ...ready, decision: decision.do === 'stop' && anyway ? inSpiteOf(decision) : decision };
  }

  /** Its table, once found, is not looked for again. */
  async #done(client: PgClient, ledger: Session['ledger'], transactional: boolean): Promise<ReadonlySet<string>> {
    if (ledger === undefined) return new Set();
    this.#ledgerThere ||= await isThere(client, ledger);
    return this.#ledgerThere ? readNames(client, ledger, transactional) : new Set();
  }

  async #carryOut<T>(performed: Performed<T>, ready: Ready): Promise<T | undefined> {
    const { settings, body, name, direction, run, lend } = performed;
    const { decision, transactional, record, index, history, journal, anyway } = ready;
    if (decision.do === 'stop') throw stopped(name, decision);
    if (decision.do === 'skip') {
      say(settings, name, `not run: ${decision.reason}.`);
      await lend((client) => this.#note(client, journal, name, direction));
      return undefined;
    }
    if (decision.warning !== undefined) say(settings, name, decision.warning);
    body.begin({ sure: decision.sure, record: transactional ? null : record, anyway });
    const before = this.#live as CatalogLines;
    this.#live = undefined;
    const seeded = !transactional && this.#options.seedSources !== false;
    const current = { ...this.#current(name, history, index), ...(seeded ? { sources: record.seed() } : {}) };
    const result = await asCurrent(current, () => runBody(body, run));
    if (!transactional && record.unseen > 0) throw otherBody(name, record);
    await lend(async (client) => {
      const live = await this.#readAgain(client, before, history.footprints[index] as ReadonlySet<string>);
      const wrong = direction === 'up' ? checkAfter(history, live, index) : null;
      if (wrong !== null) throw notAsLocked(name, transactional, wrong);
      await this.#note(client, journal, name, direction);
      this.#live = live;
    });
    return result;
  }

  #lookForPending(
    session: Session,
    history: History,
    live: CatalogLines,
    ledger: ReadonlySet<string>,
    { done, anyway }: Marks,
  ): void {
    if (this.#looked || this.#options.pendingPrerequisites === false) return;
    this.#looked = true;
    const pending = [...history.migrations.keys()].filter((i) => {
      const { name = '' } = history.migrations[i] ?? {};
      return !ledger.has(name) && !done.has(name) && !anyway.has(name);
    });
    const lacking = lackingOf(history, live, pending);
    if (lacking.length > 0) throw pendingLack(lacking, session);
  }

  #current(name: string, history: History, index: number): CurrentMigration {
    return {
      name,
      needs: async (client) => ({
        checked: countNeeds(history, index),
        missing: missingNow(history, await this.#read(client), index),
      }),
    };
  }

  /** Null without a lock file, and for a migration that it does not know. */
  #known(name: string): number | null {
    if (this.#path === null) return null;
    if (this.#lock === undefined) {
      const lock = parseSchemaLock(readFileSync(this.#path, 'utf8'), this.#path);
      this.#lock = { lock, history: historyOf(lock) };
    }
    const index = this.#lock.history.migrations.findIndex((each) => each.name === name);
    return index < 0 ? null : index;
  }

  #read(client: PgClient, only?: ReadonlySet<string>): Promise<CatalogLines> {
    const own = ignoredTables((this.#lock as Locked).lock);
    const ignoreTables = [...own, { name: JOURNAL }];
    return readCatalogLines(client, only === undefined ? { ignoreTables } : { ignoreTables, only });
  }

  /** What a migration has touched, and the rest as it was: nobody else may run migrations meanwhile. */
  async #readAgain(client: PgClient, before: CatalogLines, touched: ReadonlySet<string>): Promise<CatalogLines> {
    const found = await this.#read(client, touched);
    const after = new Map(before);
    for (const key of touched) after.delete(key);
    for (const [key, line] of found) after.set(key, line);
    return after;
  }

  /** The first time all that the ledger has gets a mark: later its loss can be told. */
  async #contact(client: PgClient, journal: Journal, done: ReadonlySet<string>): Promise<Marks> {
    if (this.#marks !== undefined) return this.#marks;
    const made = await journal.make(client);
    if (made) await journal.mark(client, [...done]);
    this.#marks = await journal.marks(client);
    return this.#marks;
  }

  async #note(client: PgClient, journal: Journal, name: string, direction: Direction): Promise<void> {
    if (direction === 'up') {
      await journal.mark(client, [name]);
      this.#marks?.done.add(name);
    } else {
      await journal.forget(client, name);
      this.#marks?.done.delete(name);
    }
    this.#marks?.anyway.delete(name);
  }
}

export interface Performed<T> {
  /** Lends a connection on which the guard does not listen: that of the host's transaction, where there is one. */
  lend<R>(use: (client: PgClient) => Promise<R>): Promise<R>;
  readonly session: Session;
  readonly settings: Settings;
  readonly body: Body;
  readonly name: string;
  readonly direction: Direction;
  run(): Promise<T> | T;
}

interface Ready {
  readonly decision: Decision;
  readonly transactional: boolean;
  readonly record: JournalRecord;
  readonly index: number;
  readonly history: History;
  readonly journal: Journal;
  /** `holdfast run --anyway` was said of it. */
  readonly anyway: boolean;
}

/** `I` outside of a transaction. Drivers that do not tell are asked: pg before 8.17. */
async function stateOf(client: PgClient): Promise<string> {
  const state = await new Connection(client, { log: () => undefined }).transaction();
  return state === 'none' ? 'I' : 'T';
}

/** Names in the runner's ledger; none when there is no ledger yet. */
export async function namesIn(
  client: PgClient,
  ledger: Session['ledger'],
  inTransaction: boolean,
): Promise<ReadonlySet<string>> {
  if (ledger === undefined || !(await isThere(client, ledger))) return new Set();
  return readNames(client, ledger, inTransaction);
}

type Ledger = NonNullable<Session['ledger']>;

async function isThere(client: PgClient, { table }: Ledger): Promise<boolean> {
  const { rows } = await client.query({
    text: 'SELECT pg_catalog.to_regclass($1) IS NOT NULL AS found',
    values: [quoteName(table)],
  });
  return rows[0]?.['found'] === true;
}

async function readNames(
  client: PgClient,
  { column, table }: Ledger,
  inTransaction: boolean,
): Promise<ReadonlySet<string>> {
  try {
    const { rows } = await client.query({ text: `SELECT ${quoteIdent(column)} AS name FROM ${quoteName(table)}` });
    return new Set(rows.map((row) => String(row['name'])));
  } catch (error) {
    // Another table under the name tells nothing. In a transaction the error has ended it.
    if (inTransaction || sqlState(error) === null) throw error;
    return new Set();
  }
}

function say(settings: Settings, target: string, message: string): void {
  emit(settings, { type: 'warning', operation: 'migration', target, message });
}

function inSpiteOf({ reason }: Extract<Decision, { do: 'stop' }>): Decision {
  return {
    do: 'run',
    sure: false,
    warning: `${reason}. It runs in spite of that: holdfast run --anyway was said of it`,
  };
}

function stopped(name: string, { reason, have, missing }: Extract<Decision, { do: 'stop' }>): RefusedError {
  const listed = (title: string, lines: readonly string[]): string =>
    lines.length === 0
      ? ''
      : `\n${title}:\n${lines
          .slice(0, 20)
          .map((line) => `  ${line}`)
          .join('\n')}${lines.length > 20 ? `\n  and ${lines.length - 20} more` : ''}`;
  return new RefusedError({
    operation: 'migration',
    target: name,
    happened: `${reason}.${listed('There', have)}${listed('Missing', missing)}`,
    hint: `Look at the database:\n  npx holdfast check\nIf all of it was done:\n  npx holdfast mark-applied ${name}\nIf it is to run as it is, each statement judged by itself:\n  npx holdfast run ${name} --anyway`,
  });
}

function notAsLocked(
  name: string,
  transactional: boolean,
  difference: NonNullable<ReturnType<typeof checkAfter>>,
): MismatchError {
  const { missing, extra, changed } = difference;
  const differences = [
    ...missing.map((key) => ({ path: key, expected: 'there', found: 'missing', proved: true })),
    ...extra.map((key) => ({ path: key, expected: 'gone', found: 'there', proved: true })),
    ...changed.map(({ key, expected, found }) => ({ path: key, expected, found, proved: true })),
  ];
  return new MismatchError({
    operation: 'migration',
    target: name,
    happened: `it ran to its end, but the schema is not as holdfast.lock.json says:\n${differences.map((d) => `  ${d.path}: expected ${d.expected}, found ${d.found}`).join('\n')}`,
    left: transactional
      ? "Nothing of it stays: the runner rolls the migration's transaction back."
      : 'All of it is done and committed; the ledger does not have it.',
    differences,
    hint: 'If the migration was edited, make the file anew and commit it:\n  npx holdfast lock\nIf the database was changed by hand, see what differs:\n  npx holdfast check',
  });
}

function otherBody(name: string, record: JournalRecord): RefusedError {
  return new RefusedError({
    operation: 'migration',
    target: name,
    happened: `${record.unseen} of the statements that ran before did not come again: the migration is another one than the one that was interrupted.`,
    left: 'What it did stays, and so does its journal.',
    hint: `If all of it is done:\n  npx holdfast mark-applied ${name}`,
  });
}
