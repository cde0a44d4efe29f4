/** Puts together what is heard during a rehearsal: what a migration sends, what the guard makes of it, what the server takes for it. */
import type { GuardEvent, Outcome, Rehearsal } from '@holdfast/core';
import type { Wire } from '../lock/replay-database.js';
import { rowEffects } from '../lock/statements.js';
import { type Measure, readMeasure } from './measure.js';
import type { LiveTable } from './result.js';

/** One statement, or one operation that a migration calls. */
export interface Heard {
  /** Empty for an operation. */
  readonly text: string;
  /** Of an operation. */
  readonly operation: string | null;
  readonly rows: 'none' | 'reads' | 'writes';
  /** The guard judges it. */
  readonly guarded: boolean;
  readonly inTransaction: boolean;
  readonly outcomes: Outcome[];
  readonly warnings: string[];
  readonly commands: Command[];
  /** New columns without a value, `column` of `oid`. */
  readonly required: { readonly oid: number; readonly column: string }[];
  error: string | null;
}

/** One command on the schema, as the server has carried it out. */
export interface Command {
  readonly tag: string;
  readonly text: string;
  /** Modes that it has taken, by table. */
  readonly locks: ReadonlyMap<number, readonly string[]>;
  /** Modes that the transaction had before, of the tables that it is about. */
  readonly held: ReadonlyMap<number, readonly string[]>;
  readonly scans: readonly number[];
  readonly rewrites: readonly number[];
}

/** A table or view that the copy had before the first rehearsed migration. */
export interface Relation {
  readonly name: string;
  readonly columns: ReadonlySet<number>;
  /** Null for what the live database does not have. */
  readonly live: LiveTable | null;
}

export class Hearing implements Rehearsal, Wire {
  readonly relations: ReadonlyMap<number, Relation>;
  readonly #ledger: ReadonlySet<string>;
  readonly #columns = new Map<number, Set<number>>();
  #heard: Heard[] = [];
  #warnings: string[] = [];
  #guarded = false;
  /** Operations that were called and have not ended: they run in this order. */
  #operations: Heard[] = [];
  #statement: Heard | null = null;
  #status = 'I';
  #held: { readonly transaction: string; readonly modes: Modes } = { transaction: '', modes: new Map() };
  #rewritten = new Set<number>();
  #scansBefore: ReadonlyMap<number, number> = new Map();

  constructor(relations: ReadonlyMap<number, Relation>, ledger: ReadonlySet<string>) {
    this.relations = relations;
    this.#ledger = ledger;
    for (const [oid, { columns }] of relations) this.#columns.set(oid, new Set(columns));
  }

  /** What was heard since the last call. */
  take(): { readonly heard: readonly Heard[]; readonly warnings: readonly string[]; readonly guarded: boolean } {
    const taken = { heard: this.#heard, warnings: this.#warnings, guarded: this.#guarded };
    this.#heard = [];
    this.#warnings = [];
    this.#guarded = false;
    this.#operations = [];
    this.#statement = null;
    return taken;
  }

  bytesOf(oid: number): number | undefined {
    return this.relations.get(oid)?.live?.bytes;
  }

  body(): void {
    this.#guarded = true;
    this.#statement = null;
  }

  statement(text: string, { schema, rows }: { readonly schema: boolean; readonly rows: Heard['rows'] }): void {
    this.#statement = schema || rows === 'writes' ? this.#add({ text, rows, operation: null, guarded: true }) : null;
  }

  operation(name: string): void {
    this.#operations.push(this.#add({ text: '', rows: 'none', operation: name, guarded: true }));
  }

  event(event: GuardEvent): void {
    if (event.type === 'warning') {
      const about = this.#current;
      const line = `${event.target === '' ? '' : `${event.target}: `}${event.message}`;
      if (about === null) this.#warnings.push(line);
      else if (!about.warnings.includes(event.message)) about.warnings.push(event.message);
    }
    if (event.type !== 'outcome' || event.outcome.status === 'planned') return;
    const at = this.#operations.findIndex(({ operation }) => operation === event.operation);
    const about = at === -1 ? this.#current : this.#operations.splice(at, 1)[0];
    about?.outcomes.push(event.outcome);
  }

  sent(text: string): void {
    if (this.#guarded || this.#operations.length > 0) return;
    const { rows } = rowEffects([text], this.#ledger);
    const heard = this.#make({ text, rows, operation: null, guarded: false });
    this.#statement = heard;
    if (rows === 'writes') this.#heard.push(heard);
  }

  answered(message: object): boolean {
    const { name, status, message: text } = message as { name?: string; status?: string; message?: string };
    if (name === 'readyForQuery' && status !== undefined) this.#status = status;
    if (name === 'error' && this.#current !== null) this.#current.error ??= text ?? '';
    const measure = readMeasure(message);
    if (measure === null) return true;
    this.#measured(measure);
    return false;
  }

  get #current(): Heard | null {
    return this.#operations[0] ?? this.#statement;
  }

  #make(about: Pick<Heard, 'text' | 'rows' | 'operation' | 'guarded'>): Heard {
    return {
      ...about,
      inTransaction: this.#status !== 'I',
      outcomes: [],
      warnings: [],
      commands: [],
      required: [],
      error: null,
    };
  }

  #add(about: Pick<Heard, 'text' | 'rows' | 'operation' | 'guarded'>): Heard {
    const heard = this.#make(about);
    this.#heard.push(heard);
    return heard;
  }

  #measured(measure: Measure): void {
    if (measure.event === 'ddl_command_start') {
      this.#scansBefore = counts(measure);
      this.#rewritten = new Set();
    } else if (measure.event === 'table_rewrite') this.#rewritten.add(measure.rewritten ?? 0);
    else this.#ended(measure);
  }

  #ended(measure: Measure): void {
    const about = this.#current;
    const known = (oid: number): boolean => this.relations.has(oid);
    const modes = modesOf(measure);
    const before = this.#held.transaction === measure.transaction ? this.#held.modes : new Map<number, string[]>();
    this.#held = { transaction: measure.transaction, modes };
    if (about === null) return;
    if (!this.#heard.includes(about)) this.#heard.push(about);
    const scans = [...counts(measure)].flatMap(([oid, count]) =>
      known(oid) && count !== (this.#scansBefore.get(oid) ?? 0) ? [oid] : [],
    );
    const rewrites = [...this.#rewritten].filter(known);
    const locks = new Map<number, readonly string[]>();
    for (const [oid, all] of modes) {
      const taken = all.filter((mode) => before.get(oid)?.includes(mode) !== true);
      if (known(oid) && taken.length > 0) locks.set(oid, taken);
    }
    const { tag, text } = measure;
    // It has let its locks go before its end (CREATE INDEX and REINDEX, CONCURRENTLY).
    if (locks.size === 0 && /concurrently/i.test(text)) for (const oid of scans) locks.set(oid, [CONCURRENTLY]);
    const touched = [...locks.keys(), ...scans, ...rewrites, ...(measure.altered ?? [])];
    const held = new Map([...before].filter(([oid]) => known(oid) && touched.includes(oid)));
    about.commands.push({ tag, text, locks, held, scans, rewrites });
    this.#learnColumns(about, measure);
  }

  #learnColumns(about: Heard, { columns }: Measure): void {
    for (const { oid, number, name, required } of columns ?? []) {
      const known = this.#columns.get(oid);
      if (required && known !== undefined && !known.has(number)) about.required.push({ oid, column: name });
      known?.add(number);
    }
  }
}

type Modes = ReadonlyMap<number, readonly string[]>;

const CONCURRENTLY = 'ShareUpdateExclusiveLock';

function modesOf({ locks }: Measure): Modes {
  const modes = new Map<number, string[]>();
  for (const { oid, mode, table } of locks ?? []) if (table) modes.set(oid, [...(modes.get(oid) ?? []), mode]);
  return modes;
}

function counts({ scans }: Measure): ReadonlyMap<number, number> {
  return new Map((scans ?? []).map(({ oid, count }) => [oid, count]));
}
