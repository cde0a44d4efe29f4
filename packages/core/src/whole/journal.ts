/** What ran, kept in the database itself: done-marks of migrations, and the statements of one that has no transaction of its own. */

import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { sqlState } from '../engine/translate.js';
import { type ObjectName, quoteName } from '../names.js';
import { queryRecurring } from '../postgres/recurring.js';
import type { Answered } from '../postgres/tap.js';
import type { PgClient, PgResult } from '../session.js';
import type { Mark, Marks } from './marks.js';
import { type KeptSources, Sources } from './sources.js';

/** Name of the table. `holdfast lock` and the check leave it out. */
export const JOURNAL = 'holdfast_journal';

export type Direction = 'up' | 'down';

/** Of one ledger: others in the same schema have rows of their own. */
export class Journal {
  #table: string;
  readonly #ledger: string;

  /** `ledger`: name of the runner's table, without its schema; empty without one. */
  constructor(table: ObjectName, ledger: string) {
    this.#table = quoteName(table);
    this.#ledger = ledger;
  }

  /**
   * Makes the table where there is none. The first time it also marks all that the ledger has: later its loss can be told. Answers whether
   * the table was made, and what was marked.
   */
  async begin(
    client: PgClient,
    ledger: ReadonlySet<string>,
  ): Promise<{ readonly made: boolean; readonly listed: readonly string[]; readonly marks: Marks }> {
    const made = await this.#make(client);
    const marks = await this.marks(client);
    if (marks.done.size > 0 || ledger.size === 0) return { made, listed: [], marks };
    await this.mark(client, [...ledger], 'listed');
    return { made, listed: [...ledger], marks: await this.marks(client) };
  }

  /** Makes the table when it is not there. Answers whether it did. From now on it is that one, whatever a migration does to `search_path`. */
  async #make(client: PgClient): Promise<boolean> {
    if (await this.#find(client)) return false;
    const text = `CREATE TABLE IF NOT EXISTS ${this.#table} (
  ledger text NOT NULL,
  migration text NOT NULL,
  direction text NOT NULL,
  seq integer NOT NULL,
  kind text NOT NULL,
  statement text,
  occurrence integer,
  given text,
  result bytea,
  reads bytea,
  sources jsonb,
  shape text,
  at timestamptz NOT NULL DEFAULT pg_catalog.now(),
  PRIMARY KEY (ledger, migration, direction, seq)
)`;
    try {
      await this.#send(client, text);
    } catch (error) {
      // Two first runs at once: IF NOT EXISTS looks, and then makes.
      if (sqlState(error) !== '23505' && sqlState(error) !== '42P07') throw error;
    }
    await this.#find(client);
    return true;
  }

  /** Is it there? Then it is called by its schema. */
  async #find(client: PgClient): Promise<boolean> {
    const { rows } = await this.#send(
      client,
      'SELECT n.nspname::text AS schema, c.relname::text AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = pg_catalog.to_regclass($1)',
      [this.#table],
    );
    const [found] = rows;
    if (found === undefined) return false;
    this.#table = quoteName({ schema: String(found['schema']), name: String(found['name']) });
    return true;
  }

  async marks(client: PgClient): Promise<Marks> {
    const text = `SELECT DISTINCT migration, direction, kind FROM ${this.#table} WHERE ledger = $1`;
    const { rows } = await this.#send(client, text, [this.#ledger]);
    const of = (kind: string): typeof rows => rows.filter((row) => row['kind'] === kind);
    const named = (kind: string): Set<string> => new Set(of(kind).map((row) => String(row['migration'])));
    const begun = [...of('statement'), ...of('begun')].map(
      (row) => `${String(row['direction'])} ${String(row['migration'])}`,
    );
    const [ran, lost, found] = [named('done'), named('lost'), named('found')];
    const [sworn, doubted] = [named('sworn'), named('doubted')];
    return {
      done: new Set([...ran, ...lost, ...named('listed'), ...found, ...sworn, ...doubted]),
      ran: new Set([...ran, ...lost]),
      lost,
      found,
      sworn,
      doubted,
      anyway: named('anyway'),
      reverted: named('reverted'),
      begun: new Set(begun),
    };
  }

  /** Marks them, and forgets what they had in the journal. Kinds: see `Marks`; `found` and `listed` leave a mark that is there as it is, unless it is sworn: the runner has it in its ledger then. */
  async mark(client: PgClient, names: readonly string[], kind: Mark = 'done'): Promise<void> {
    if (names.length === 0) return;
    await this.#send(
      client,
      `WITH forgotten AS (DELETE FROM ${this.#table} WHERE ledger = $3 AND migration = ANY ($1::text[]) AND seq <> 0)
       INSERT INTO ${this.#table} AS j (ledger, migration, direction, seq, kind) SELECT $3, n, 'up', 0, $2::text FROM pg_catalog.unnest($1::text[]) n
         ON CONFLICT (ledger, migration, direction, seq) DO UPDATE SET kind = excluded.kind
           WHERE (excluded.kind NOT IN ('found', 'listed') AND j.kind <> excluded.kind) OR j.kind = 'sworn'`,
      [[...names], kind, this.#ledger],
    );
  }

  /** Lets it run next time whatever its position. Its done-mark goes, what it has done of its statements stays. */
  async anyway(client: PgClient, name: string): Promise<void> {
    await this.#send(
      client,
      `WITH forgotten AS (DELETE FROM ${this.#table} WHERE ledger = $2 AND migration = $1 AND seq = 0)
       INSERT INTO ${this.#table} (ledger, migration, direction, seq, kind) VALUES ($2, $1, 'up', -1, 'anyway') ON CONFLICT DO NOTHING`,
      [name, this.#ledger],
    );
  }

  /** What is noted of it proves no more that its rows are there; see `Marks`. */
  async doubt(client: PgClient, name: string): Promise<void> {
    const text = `WITH forgotten AS (DELETE FROM ${this.#table} WHERE ledger = $2 AND migration = $1 AND seq <> 0)
       INSERT INTO ${this.#table} AS j (ledger, migration, direction, seq, kind) VALUES ($2, $1, 'up', 0, 'doubted')
         ON CONFLICT (ledger, migration, direction, seq) DO UPDATE SET kind = excluded.kind`;
    await this.#send(client, text, [name, this.#ledger]);
  }

  /** Forgets all of a migration. */
  async forget(client: PgClient, name: string): Promise<void> {
    await this.#send(client, `DELETE FROM ${this.#table} WHERE ledger = $2 AND migration = $1`, [name, this.#ledger]);
  }

  /** Forgets all of a migration but that it was taken back and has left something. */
  async revert(client: PgClient, name: string): Promise<void> {
    await this.forget(client, name);
    await this.#send(
      client,
      `INSERT INTO ${this.#table} (ledger, migration, direction, seq, kind) VALUES ($2, $1, 'down', -3, 'reverted')`,
      [name, this.#ledger],
    );
  }

  /** What was done of a migration without a transaction. */
  async of(client: PgClient, name: string, direction: Direction): Promise<JournalRecord> {
    const { rows } = await this.#send(
      client,
      `SELECT seq, statement, occurrence, given, result, reads, sources::text AS sources, shape FROM ${this.#table} WHERE ledger = $3 AND migration = $1 AND direction = $2 AND kind = 'statement' ORDER BY seq`,
      [name, direction, this.#ledger],
    );
    return this.#record(name, direction, rows.map(entryOf), true);
  }

  /** Of one of which nothing was done. */
  unbegun(name: string, direction: Direction): JournalRecord {
    return this.#record(name, direction, [], false);
  }

  #record(name: string, direction: Direction, done: readonly Entry[], begun: boolean): JournalRecord {
    const begin: Begin = (on) =>
      this.#send(
        on,
        `INSERT INTO ${this.#table} (ledger, migration, direction, seq, kind) VALUES ($3, $1, $2, -2, 'begun') ON CONFLICT DO NOTHING`,
        [name, direction, this.#ledger],
      );
    return new JournalRecord({ done, begun, begin }, (on, entry) =>
      this.#send(
        on,
        `INSERT INTO ${this.#table} (ledger, migration, direction, seq, kind, statement, occurrence, given, result, reads, sources, shape) VALUES ($11, $1, $2, $3, 'statement', $4, $5, $6, $7, $8, $9, $10)`,
        [
          name,
          direction,
          entry.seq,
          entry.statement,
          entry.occurrence,
          entry.given,
          serialize(entry.result),
          serialize(entry.reads),
          JSON.stringify(entry.sources),
          entry.shape,
          this.#ledger,
        ],
      ),
    );
  }

  #send(client: PgClient, text: string, values: readonly unknown[] = []): Promise<PgResult> {
    return queryRecurring(client, text, values);
  }
}

interface Entry {
  readonly seq: number;
  readonly key: string;
  readonly given: string;
  readonly result: Answered;
  readonly reads: readonly KeptRead[];
  readonly sources: EntrySources | null;
  /** What it has in common with the same statement with other constants in its text. */
  readonly shape: string | null;
}

/** A read that came before a statement: its key, its answer, and the clock of the body after it. */
type KeptRead = readonly [key: string, result: Answered, at: number | null];

interface EntrySources extends KeptSources {
  /** The clock of the body after the statement. */
  readonly at: number;
}

function entryOf(row: Readonly<Record<string, unknown>>): Entry {
  return {
    seq: Number(row['seq']),
    key: keyOf(String(row['statement']), Number(row['occurrence'])),
    given: String(row['given']),
    result: deserialize(row['result'] as Buffer) as Answered,
    reads: deserialize(row['reads'] as Buffer) as readonly KeptRead[],
    sources: JSON.parse(String(row['sources'])) as EntrySources | null,
    shape: row['shape'] === null ? null : String(row['shape']),
  };
}

type Write = (client: PgClient, entry: NewEntry) => Promise<unknown>;
type Begin = (client: PgClient) => Promise<unknown>;

interface NewEntry extends Omit<Entry, 'key'> {
  readonly statement: string;
  readonly occurrence: number;
}

/** How far a migration got, and how it goes on. Statements are known by their text and by how often it came, not by their order: bodies with Promise.all have none. */
export class JournalRecord {
  readonly #done: ReadonlyMap<string, Entry>;
  readonly #reads: ReadonlyMap<string, KeptRead>;
  readonly #write: Write;
  readonly #times = new Map<string, number>();
  #newReads: KeptRead[] = [];
  #seq: number;
  readonly #unseen: Set<string>;
  readonly #begin: Begin;
  #begun: boolean;
  #sources: Sources | undefined;

  constructor(
    { done, begun, begin }: { readonly done: readonly Entry[]; readonly begun: boolean; readonly begin: Begin },
    write: Write,
  ) {
    [this.#begin, this.#begun] = [begin, begun];
    this.#done = new Map(done.map((entry) => [entry.key, entry]));
    this.#reads = new Map(done.flatMap(({ reads }) => reads.map((read) => [read[0], read])));
    this.#unseen = new Set(this.#done.keys());
    this.#seq = Math.max(0, ...done.map(({ seq }) => seq));
    this.#write = write;
  }

  /** A part of it may have been done before. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Before its body: where that is cut off between a change and the entry of it, nothing else tells that it is under way. */
  async begin(client: PgClient): Promise<void> {
    if (this.#begun) return;
    await this.#begin(client);
    this.#begun = true;
  }

  /** Statements that ran before and have not come again. */
  get unseen(): number {
    return this.#unseen.size;
  }

  /** Has a statement of this shape run before that has not come again? A new one is then the same with other constants, as far as one can tell. */
  awaits(shape: string): boolean {
    return [...this.#unseen].some((key) => this.#done.get(key)?.shape === shape);
  }

  /** From now on the body takes chance and time from here, as before it was interrupted. */
  seed(): Sources {
    const kept = [...this.#done.values()].find(({ sources }) => sources !== null)?.sources ?? undefined;
    this.#sources = new Sources(kept);
    return this.#sources;
  }

  /** Counts the message, and tells what is known of it. */
  next(text: string, values: readonly unknown[]): Known {
    const statement = digest(text);
    const occurrence = (this.#times.get(statement) ?? 0) + 1;
    this.#times.set(statement, occurrence);
    const key = keyOf(statement, occurrence);
    const entry = this.#done.get(key);
    const read = this.#reads.get(key);
    this.#unseen.delete(key);
    const at = entry?.sources?.at ?? read?.[2];
    if (at !== undefined && at !== null) this.#sources?.tick(at);
    const given = digest(JSON.stringify(values, plain));
    return {
      statement,
      occurrence,
      given,
      key,
      done: entry?.result,
      otherValues: entry !== undefined && entry.given !== given,
      read: read?.[1],
    };
  }

  /** A read that is answered: it is kept with the next statement. Large ones are not. */
  keepRead(known: Known, result: Answered): void {
    const at = known.read === undefined ? this.#sources?.tick() : this.#reads.get(known.key)?.[2];
    this.#newReads.push([known.key, plainResult(result), at ?? null]);
  }

  /** On the connection of the statement, in its transaction. */
  async keep(client: PgClient, known: Known, shape: string | null, result: Answered): Promise<void> {
    this.#seq += 1;
    const reads = this.#newReads;
    this.#newReads = [];
    const { statement, occurrence, given } = known;
    const sources = this.#sources === undefined ? null : { ...this.#sources.kept, at: this.#sources.tick() };
    const entry = { seq: this.#seq, statement, occurrence, given, result: plainResult(result), reads, sources, shape };
    await this.#write(client, entry);
    this.#begun = true;
  }
}

export interface Known {
  readonly statement: string;
  readonly occurrence: number;
  readonly given: string;
  readonly key: string;
  /** Its answer, when it ran before. */
  readonly done: Answered | undefined;
  /** It ran with other values. */
  readonly otherValues: boolean;
  /** Its answer, when it is a read that came before a statement that ran. */
  readonly read: Answered | undefined;
}

function keyOf(statement: string, occurrence: number): string {
  return `${statement} ${occurrence}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

/** Without the driver's own functions. */
function plainResult(result: Answered): Answered {
  if (Array.isArray(result)) return (result as readonly PgResult[]).map((each) => plainResult(each) as PgResult);
  const { command, rowCount, oid, rows, fields } = result as PgResult & {
    readonly command?: string;
    readonly oid?: number;
  };
  return {
    command,
    rowCount,
    oid,
    rows: rows.map((row) => (Array.isArray(row) ? row : { ...row })),
    fields: fields.map(({ name, dataTypeID, dataTypeModifier }) => ({ name, dataTypeID, dataTypeModifier })),
  } as unknown as PgResult;
}
