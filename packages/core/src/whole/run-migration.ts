/** One migration as a whole: is its effect there already, is a part, or nothing? Then it is skipped, resumed, run, or stopped before any change. */
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { Body } from '../body/body.js';
import type { HostTransaction, Keeper } from '../body/host-transaction.js';
import { runBody } from '../body/run-body.js';
import { emit } from '../engine/context.js';
import { type CatalogLines, readCatalogLines } from '../fingerprint/read-catalog-lines.js';
import type { Settings } from '../options.js';
import { Connection } from '../postgres/connection.js';
import { pendingLack } from '../prerequisites/derived.js';
import { hashText, ignoredTables, parseSchemaLock, type SchemaLock } from '../schema-lock/schema-lock.js';
import type { PgClient, Session } from '../session.js';
import { asCurrent, type CurrentMigration } from './current.js';
import { rowsIn } from './evidence.js';
import { checkAfter, type History, historyOf, leaves } from './history.js';
import { type Direction, JOURNAL, Journal, type JournalRecord } from './journal.js';
import { currentSchema, Known } from './known.js';
import { isThere, readNames } from './ledger.js';
import { LiveCatalog } from './live-catalog.js';
import { countNeeds, lackingOf, missingNow } from './needs.js';
import type { WholeOptions } from './options.js';
import { type Decision, decideDown, decideOn, decideUp, goOn } from './position.js';
import { currentRehearsal } from './rehearsal.js';
import { isReplay } from './replay.js';
import { Standing, type UpEnd } from './standing.js';
import { notAsLocked, otherBody, stopped } from './stops.js';

interface Locked {
  readonly lock: SchemaLock;
  readonly history: History;
}

/** What all migrations of one run share. */
export class MigrationRun implements Keeper {
  readonly #path: string | null;
  readonly #options: WholeOptions;
  #lock: Locked | undefined;
  /** By database: several may be migrated side by side. */
  readonly #known = new Map<string, Known>();
  /** By name of the migration. */
  readonly #files = new Map<string, string>();
  /** Somebody says when a run begins. */
  #announced = false;

  constructor(path: string | null, options: WholeOptions = {}) {
    this.#path = path;
    this.#options = options;
  }

  /** The next run of the same project: somebody else may have changed the database meanwhile. */
  begin(): void {
    this.#announced = true;
    this.#known.clear();
  }

  /** Where a migration is read from: it is told from the one that the lock was made of. */
  reads(name: string, file: string): void {
    this.#files.set(name, file);
  }

  /** A transaction of this run is rolled back. */
  undone(): void {
    this.#known.clear();
  }

  /** Where nobody says when a run begins, nothing outlives a transaction; where others migrate in the same one, nothing is kept. */
  #of(client: PgClient, { ledger }: Session, transaction: HostTransaction | null): Known {
    const key = databaseOf(client);
    const known = this.#known.get(key);
    const lasts = this.#announced || (transaction !== null && known?.transaction === transaction);
    if (known !== undefined && lasts && transaction?.shared !== true) return known;
    const schema = this.#options.journalSchema ?? ledger?.table.schema;
    const fresh = new Known(new Journal({ schema, name: JOURNAL }, ledger?.table.name ?? ''), transaction);
    this.#known.set(key, fresh);
    return fresh;
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
    const index = this.#indexOf(name);
    if (index === null) {
      if (this.#path !== null)
        say(
          settings,
          name,
          `${this.#path} does not know it: each statement is judged by itself. Make it anew: npx holdfast lock`,
        );
      this.#known.clear();
      return runBody(body, run);
    }
    const { history } = this.#lock as Locked;
    if (this.#isEdited(name, history.migrations[index]?.hash))
      say(
        settings,
        name,
        `its file is another one than when ${this.#path} was made: what it does since is not looked at. Make it anew: npx holdfast lock`,
      );
    const ready = await lend((client) => this.#look(client, performed, { index, history }));
    if (ready !== null) return this.#carryOut(performed, ready);
    this.#known.clear();
    return runBody(body, run);
  }

  /** Null: the lock file is of another schema. */
  async #look<T>(
    client: PgClient,
    { session, settings, body, name, direction }: Performed<T>,
    { index, history }: Pick<Ready, 'index' | 'history'>,
  ): Promise<Ready | null> {
    const { ledger } = session;
    const { transaction } = body;
    transaction?.join(this);
    const known = this.#of(client, session, transaction);
    const { journal } = known;
    known.schema ??= await currentSchema(client);
    // One schema for each tenant: names without a schema mean another one than when the lock was made.
    if (known.schema !== 'public' && history.schemas.size > 0 && !history.schemas.has(known.schema)) {
      say(settings, name, ofAnotherSchema(this.#path as string, known.schema, history.schemas));
      return null;
    }
    const transactional = transaction !== null || (await stateOf(client)) !== 'I';
    const ledgerNow = await readLedger(client, ledger, { known, transaction, transactional });
    known.standing ??= new Standing(ledgerNow, (await journal.begin(client, ledgerNow)).marks);
    const { standing } = known;
    standing.ledger = ledgerNow;
    known.live ??= new LiveCatalog(history.telling, await this.#read(client));
    const { live } = known;
    const record = standing.marks.begun.has(`${direction} ${name}`)
      ? await journal.of(client, name, direction)
      : journal.unbegun(name, direction);
    // In the middle of a migration what it has dropped, and is to make again, is missing to it and to those behind it.
    if (direction === 'up' && !record.begun && !known.looked) {
      known.looked = true;
      this.#lookForPending(session, history, live, standing);
    }
    const anyway = direction === 'up' && standing.isAnyway(history, index);
    const ready = { known, standing, transactional, record, index, history, journal, anyway };
    const question = { live, index, transactional, standing };
    if (direction === 'down') return { ...ready, decision: record.begun ? goOn() : decideDown(history, question) };
    return { ...ready, decision: (record.begun ? decideOn : decideUp)(history, question) };
  }

  async #carryOut<T>(performed: Performed<T>, ready: Ready): Promise<T | undefined> {
    const { settings, body, name, direction, run, lend } = performed;
    const { decision, known, standing, transactional, record, index, history, anyway } = ready;
    if (decision.do === 'stop') throw stopped(name, decision, this.#path);
    if (decision.do === 'skip') {
      say(settings, name, `not run: ${decision.reason}.`);
      // Those that come behind it were written since: of them the ledger has lost nothing.
      const isLast = index === ready.history.migrations.length - 1;
      const other = isLast ? 'listed' : 'found';
      const kind = decision.proved === true ? 'done' : standing.marks.ran.has(name) ? 'lost' : other;
      await lend((client) =>
        direction === 'up' ? noteUp(client, ready, name, kind) : noteDown(client, ready, name, false),
      );
      return undefined;
    }
    if (decision.warning !== undefined) say(settings, name, decision.warning);
    body.begin({
      sure: decision.sure,
      record: transactional ? null : record,
      anyway: anyway || decision.rows === true,
    });
    if (!transactional) {
      // Operations that it calls itself have no entry of their own: run again, they find what they have done.
      await lend((client) => record.begin(client));
      standing.marks.begun.add(`${direction} ${name}`);
    }
    const before = known.live as LiveCatalog;
    const touched = history.footprints[index] as ReadonlySet<string>;
    const lacked = new Set([...touched].filter((key) => !before.has(key)));
    known.live = undefined;
    const seeded = !transactional && this.#options.seedSources !== false;
    const current = { ...this.#current(name, history, index), ...(seeded ? { sources: record.seed() } : {}) };
    const result = await asCurrent(current, () => runBody(body, run));
    if (!transactional && record.unseen > 0) throw otherBody(name, record, this.#path);
    await lend(async (client) => {
      const live = await this.#readAgain(client, before, touched);
      const wrong = direction === 'up' ? checkAfter(history, live, index) : null;
      if (wrong !== null) throw notAsLocked(name, wrong, { transactional, path: this.#path });
      if (direction === 'up') {
        await noteUp(client, ready, name, 'done');
        await doubtMarks(client, ready, new Set([...lacked].filter((key) => live.has(key))));
      } else await noteDown(client, ready, name, touched.size > 0 && leaves(history, live, index));
      known.live = live;
    });
    return result;
  }

  #lookForPending(session: Session, history: History, live: LiveCatalog, { ledger, marks }: Standing): void {
    if (this.#options.pendingPrerequisites === false) return;
    const pending = [...history.migrations.keys()].filter((i) => {
      const { name = '' } = history.migrations[i] ?? {};
      return !ledger.has(name) && !marks.done.has(name) && !marks.anyway.has(name);
    });
    const lacking = lackingOf(history, live, pending);
    if (lacking.length > 0) throw pendingLack(lacking, session, pending.includes(0) ? this.#initialFile() : null);
  }

  /** The SQL file of what was there before the first migration, from where the process runs. */
  #initialFile(): string | null {
    const { initial } = (this.#lock as Locked).lock;
    return initial === undefined ? null : relative('', resolve(dirname(this.#path as string), initial.file));
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
  #indexOf(name: string): number | null {
    if (this.#path === null) return null;
    if (this.#lock === undefined) {
      const lock = parseSchemaLock(readFileSync(this.#path, 'utf8'), this.#path);
      this.#lock = { lock, history: historyOf(lock) };
    }
    const index = this.#lock.history.migrations.findIndex((each) => each.name === name);
    return index < 0 ? null : index;
  }

  #isEdited(name: string, hash: string | undefined): boolean {
    const file = this.#files.get(name);
    return file !== undefined && hashText(readFileSync(file, 'utf8')) !== hash;
  }

  #read(client: PgClient, only?: ReadonlySet<string>): Promise<CatalogLines> {
    const own = ignoredTables((this.#lock as Locked).lock);
    const ignoreTables = [...own, { name: JOURNAL }];
    return readCatalogLines(client, only === undefined ? { ignoreTables } : { ignoreTables, only });
  }

  /** What a migration has touched, and the rest as it was: nobody else may run migrations meanwhile. */
  async #readAgain(client: PgClient, lines: LiveCatalog, touched: ReadonlySet<string>): Promise<LiveCatalog> {
    const found = await this.#read(client, touched);
    for (const key of touched) lines.delete(key);
    for (const [key, line] of found) lines.set(key, line);
    return lines;
  }
}

function ofAnotherSchema(path: string, schema: string, others: ReadonlySet<string>): string {
  return `this session makes its tables in the schema ${schema}, and ${path} is of ${[...others].sort().join(', ')}: each statement is judged by itself.`;
}

/** Its table, once found, is not looked for again. */
async function readLedger(
  client: PgClient,
  ledger: Session['ledger'],
  {
    known,
    transaction,
    transactional,
  }: { readonly known: Known; readonly transaction: HostTransaction | null; readonly transactional: boolean },
): Promise<Set<string>> {
  if (ledger === undefined) return new Set();
  if (transaction !== null && known.ledger?.transaction === transaction) return known.ledger.names;
  known.ledgerThere ||= await isThere(client, ledger);
  const names = new Set(known.ledgerThere ? await readNames(client, ledger, transactional) : []);
  known.ledger = transaction === null ? undefined : { transaction, names };
  return names;
}

type Noted = Pick<Ready, 'standing' | 'journal' | 'history' | 'index'>;

/** `found`: it was not run; where it has no mark, nothing but the catalog has told that it is there. */
async function noteUp(client: PgClient, { standing, journal }: Noted, name: string, end: UpEnd): Promise<void> {
  await journal.mark(client, [name], end);
  standing.up(name, end);
}

async function noteDown(client: PgClient, { standing, journal }: Noted, name: string, left: boolean): Promise<void> {
  if (left) await journal.revert(client, name);
  else await journal.forget(client, name);
  standing.down(name, left);
}

/** Rows are no older than the table that they are in: of what has just been made, nothing that comes behind it can have written the rows before. */
async function doubtMarks(
  client: PgClient,
  { standing, journal, history, index }: Noted,
  made: ReadonlySet<string>,
): Promise<void> {
  for (const [k, { name }] of history.migrations.entries()) {
    if (k <= index || !standing.isNoted(name)) continue;
    const where = rowsIn(history, k, made);
    if (where === 'none') continue;
    if (where === 'all') await journal.forget(client, name);
    else await journal.doubt(client, name);
    standing.doubt(name, where === 'all');
  }
}

/** Host, port and name, as the driver was told; the same for all of its clients. */
function databaseOf(client: PgClient): string {
  const { host, port, database } = client as {
    readonly host?: unknown;
    readonly port?: unknown;
    readonly database?: unknown;
  };
  return JSON.stringify([host, port, database]);
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
  readonly known: Known;
  readonly standing: Standing;
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

function say(settings: Settings, target: string, message: string): void {
  emit(settings, { type: 'warning', operation: 'migration', target, message });
}
