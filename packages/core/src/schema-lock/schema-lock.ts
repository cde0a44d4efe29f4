/** `holdfast.lock.json`: what each migration of a project does to the schema. Made by `holdfast lock`, committed beside the migrations. */
import { createHash } from 'node:crypto';
import { RefusedError } from '../errors.js';
import type { CatalogLines } from '../fingerprint/read-catalog-lines.js';

export interface SchemaLock {
  readonly version: 1;
  readonly tool: 'knex' | 'typeorm';
  /** The runner's own tables, which are not part of the schema: `name`, or `schema.name`. */
  readonly ignoreTables: readonly string[];
  /** What was there before the first migration. Absent: nothing. */
  readonly initial?: InitialSchema;
  /** In the order in which they run. */
  readonly migrations: readonly LockedMigration[];
}

export interface InitialSchema {
  /** The SQL file that makes it, relative to the lock file. */
  readonly file: string;
  /** SHA-256 of the file, 64 hexadecimal digits. */
  readonly hash: string;
  /** What migrations touch or need of it, and the other parts of those tables; by key. */
  readonly catalog: Readonly<Record<string, string>>;
}

export interface LockedMigration {
  /** As the runner's ledger has it. */
  readonly name: string;
  /** SHA-256 of its file, 64 hexadecimal digits. */
  readonly hash: string;
  /** What is different after it: `+key` and `~key` with the new line, `-key` with null; by key. See `CatalogLines`. */
  readonly catalog: Readonly<Record<string, string | null>>;
  /** Keys that its statements touched besides, and that are after it as they were before: made and dropped, dropped and made again. */
  readonly touched: readonly string[];
  /** Keys of the catalog before it that its statements name besides: what it needs and leaves as it is. */
  readonly needs: readonly string[];
  /** Whether it reads or writes rows. */
  readonly rows: 'none' | 'reads' | 'writes';
  /**
   * Keys of the tables and columns that all of its statements on rows write to. Absent: none does, or where they write the statements do not
   * tell alone, as with functions and triggers.
   */
  readonly writes?: readonly string[];
  /** Rows may be read or written after the last change of the schema: a complete schema does not prove that all of it ran. */
  readonly tail: boolean;
  /** Keys of schemas and extensions that it makes IF NOT EXISTS: somebody else may have made them before. Absent: none. */
  readonly lenient?: readonly string[];
  /**
   * Where some of what it makes is otherwise from one time to the next, such as a default by the clock, and stands in none of the others: the
   * keys of it that are called alike each time. `rows` and `tail` are then as if it ended with rows.
   */
  readonly varies?: readonly string[];
}

/** As the file is written: one line for each changed object, so that a review shows what a migration does. */
export function printSchemaLock(lock: SchemaLock): string {
  return `${JSON.stringify(lock, null, 1)}\n`;
}

/** Throws `RefusedError` when the text is not such a file, or one of a newer version; `path` is for the message. */
export function parseSchemaLock(text: string, path: string): SchemaLock {
  const refuse = (happened: string): RefusedError =>
    new RefusedError({
      operation: 'schema lock',
      target: path,
      happened,
      hint: 'Restore it from version control, or delete it, and make it anew:\n  npx holdfast lock',
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse(`this is not JSON (${(error as Error).message}).`);
  }
  if (!isRecord(value) || typeof value['version'] !== 'number') throw refuse('this is not a lock of a schema.');
  if (value['version'] !== 1) throw refuse(`its version is ${value['version']}, and this Holdfast reads version 1.`);
  const problem = problemOf(value);
  if (problem !== null) throw refuse(`${problem} is not as it should be.`);
  return value as unknown as SchemaLock;
}

/** The path of the first value that has a wrong form. */
function problemOf(value: Readonly<Record<string, unknown>>): string | null {
  const { tool, ignoreTables, initial, migrations } = value;
  if (tool !== 'knex' && tool !== 'typeorm') return 'tool';
  if (!isTexts(ignoreTables)) return 'ignoreTables';
  if (initial !== undefined && !isInitialSchema(initial)) return 'initial';
  if (!Array.isArray(migrations)) return 'migrations';
  for (const [i, migration] of migrations.entries()) {
    const wrong = isRecord(migration) ? FIELDS.find(([name, is]) => !is(migration[name]))?.[0] : '';
    if (wrong !== undefined) return `migrations[${i}]${wrong === '' ? '' : `.${wrong}`}`;
  }
  const names = migrations.map(({ name }) => name as string);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  return twice === undefined ? null : `migrations: ${twice}, which is there twice,`;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === 'string');

const isHash = (value: unknown): boolean => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isInitialSchema = (value: unknown): boolean =>
  isRecord(value) &&
  typeof value['file'] === 'string' &&
  isHash(value['hash']) &&
  isRecord(value['catalog']) &&
  isTexts(Object.values(value['catalog']));

const FIELDS: readonly (readonly [string, (value: unknown) => boolean])[] = [
  ['name', (value) => typeof value === 'string' && value !== ''],
  ['hash', isHash],
  [
    'catalog',
    (value) =>
      isRecord(value) &&
      Object.entries(value).every(([key, line]) =>
        key.startsWith('-') ? line === null : /^[+~]/.test(key) && typeof line === 'string',
      ),
  ],
  ['touched', isTexts],
  ['needs', isTexts],
  ['rows', (value) => value === 'none' || value === 'reads' || value === 'writes'],
  ['tail', (value) => typeof value === 'boolean'],
  ['writes', (value) => value === undefined || isTexts(value)],
  ['lenient', (value) => value === undefined || isTexts(value)],
  ['varies', (value) => value === undefined || isTexts(value)],
];

/** What each object is after each migration. Indices are those of the migrations; -1: before the first. */
export class CatalogHistory {
  readonly #changes = new Map<string, [index: number, line: string | undefined][]>();

  constructor(lock: Pick<SchemaLock, 'migrations' | 'initial'>) {
    for (const [key, line] of Object.entries(lock.initial?.catalog ?? {})) this.#changes.set(key, [[-1, line]]);
    for (const [index, { catalog }] of lock.migrations.entries())
      for (const [signed, line] of Object.entries(catalog)) {
        const key = signed.slice(1);
        const changes = this.#changes.get(key);
        if (changes === undefined) this.#changes.set(key, [[index, line ?? undefined]]);
        else changes.push([index, line ?? undefined]);
      }
  }

  /** Undefined where there is none. */
  line(key: string, after: number): string | undefined {
    return this.#changes.get(key)?.findLast(([index]) => index <= after)?.[1];
  }

  /** Of one object after that migration and after each later one that changes it. */
  linesFrom(key: string, after: number): readonly (string | undefined)[] {
    const later = (this.#changes.get(key) ?? []).filter(([index]) => index > after);
    return [this.line(key, after), ...later.map(([, line]) => line)];
  }

  /** All of them. */
  lines(after: number): CatalogLines {
    const found = [...this.#changes.keys()].flatMap((key): [string, string][] => {
      const line = this.line(key, after);
      return line === undefined ? [] : [[key, line]];
    });
    return new Map(found);
  }
}

/** Of the text of a migration. The hash does not know how lines end: git changes that. */
export function hashText(text: string): string {
  return createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex');
}

/** Every object that a statement of the migration touched. */
export function footprintOf({ catalog, touched }: LockedMigration): ReadonlySet<string> {
  return new Set([...Object.keys(catalog).map((signed) => signed.slice(1)), ...touched]);
}

/** What a migration made of one catalog, as `LockedMigration` has it. */
export function catalogDelta(before: CatalogLines, after: CatalogLines): Record<string, string | null> {
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  const changed = keys.filter((key) => before.get(key) !== after.get(key));
  return Object.fromEntries(
    changed.map((key): [string, string | null] => {
      const line = after.get(key);
      if (line === undefined) return [`-${key}`, null];
      return [`${before.has(key) ? '~' : '+'}${key}`, line];
    }),
  );
}

/** The tables of `ignoreTables` as `readCatalogLines` takes them. */
export function ignoredTables(
  lock: Pick<SchemaLock, 'ignoreTables'>,
): readonly { readonly schema?: string; readonly name: string }[] {
  return lock.ignoreTables.map((text) => {
    const dot = text.indexOf('.');
    return dot === -1 ? { name: text } : { schema: text.slice(0, dot), name: text.slice(dot + 1) };
  });
}
