/**
 * Names for the indexes of partitions: those that the server gives them when one statement makes the whole, so that every way there ends in
 * the same catalog (ChooseIndexName and DefineIndex in PostgreSQL's indexcmds.c).
 */
import { indexColumnNames, serverName } from '../../catalog/generated-names.js';
import { tokenize } from '../../lexer.js';
import type { ObjectName } from '../../names.js';
import type { Reader } from '../../postgres/connection.js';
import { sql } from '../../sql.js';
import { columnName, type IndexRequest } from './request.js';

interface InTree {
  readonly oid: number;
  /** Oid of the table that it is a partition of. */
  readonly of: number;
  /** `FOR VALUES FROM (0) TO (10)` */
  readonly bound: string;
}

/** In the order in which the server goes through them: each before its own partitions, those beside each other as they are bounded. */
export function inServerOrder<T extends InTree>(rows: readonly T[], root: number): readonly T[] {
  const children = rows.filter((row) => row.of === root).sort((a, b) => compareBounds(a.bound, b.bound));
  const parents = new Set(rows.map((row) => row.of));
  return children.flatMap((row) => [row, ...(parents.has(row.oid) ? inServerOrder(rows, row.oid) : [])]);
}

/**
 * By modulus and remainder, by the lower end, by the least value of a list; the default comes last. Exact for numbers and dates, and for
 * texts as the collation C has them. It matters only where names are so long that those of two partitions are cut to the same.
 */
function compareBounds(a: string, b: string): number {
  const [left, right] = [valuesOf(a), valuesOf(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const order = compareValues(left[i] as string, right[i] as string);
    if (order !== 0) return order;
  }
  return 0;
}

function valuesOf(bound: string): readonly string[] {
  const values = bound.match(/'(?:[^']|'')*'|[\w.+-]+/g) ?? [];
  return bound.startsWith('FOR VALUES IN') ? values.slice(3).sort(compareValues) : values;
}

const PLACES: Readonly<Record<string, number>> = { MINVALUE: 0, MAXVALUE: 2, NULL: 3, DEFAULT: 4 };

function compareValues(a: string, b: string): number {
  const place = (PLACES[a] ?? 1) - (PLACES[b] ?? 1);
  if (place !== 0) return place;
  const [left, right] = [a, b].map((value) => value.replace(/^'|'$/g, '')) as [string, string];
  const difference = Number(left) - Number(right);
  return Number.isNaN(difference) ? Number(left > right) - Number(left < right) : difference;
}

/** What the index of a partition is called after: the columns of the whole as the server has named them, or will, as far as is known before. */
export function namesOfColumns({ columns, include = [] }: IndexRequest): readonly string[] {
  const keys = columns.map((key) => columnName(key) ?? labelOf((key as { expression: string }).expression) ?? 'expr');
  return indexColumnNames([...keys, ...include]);
}

/** The server calls an expression after its function or column (FigureIndexColname in parse_target.c): `app.lower(email)` → `lower`. */
function labelOf(expression: string): string | undefined {
  const tokens = (tokenize(expression) ?? []).filter(({ kind, value }) => kind !== 'symbol' || !'()'.includes(value));
  const least = Math.min(...tokens.map(({ depth }) => depth));
  const path = tokens.filter(({ depth }) => depth === least);
  const isPath = path.every(({ kind, value }, i) =>
    i % 2 === 0 ? kind === 'word' || kind === 'ident' : value === '.',
  );
  return isPath ? path.at(-1)?.value : undefined;
}

interface Choice {
  readonly tables: readonly ObjectName[];
  readonly columns: readonly string[];
  /** Names that are taken, as far as they are known without asking. */
  readonly known: readonly ObjectName[];
}

/** The names that the server would choose for indexes on `tables`, one after the other. A round trip, and one more where something else has such a name. */
export async function chooseNames(reader: Reader, { tables, columns, known }: Choice): Promise<readonly ObjectName[]> {
  const taken = new Set(known.map(keyOf));
  for (;;) {
    const chosen = deal(tables, columns, new Set(taken));
    if (chosen.length === 0) return chosen;
    const { rows } = await reader.read(sql`
      select n.nspname as schema, c.relname as name
      from rows from (pg_catalog.unnest(${chosen.map(({ schema }) => schema)}::text[]),
        pg_catalog.unnest(${chosen.map(({ name }) => name)}::text[])) w (schema, name)
      join pg_catalog.pg_namespace n on n.nspname = w.schema::name
      join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = w.name::name`);
    if (rows.length === 0) return chosen;
    for (const row of rows) taken.add(keyOf(row as unknown as ObjectName));
  }
}

/** An index stands in the schema of its table. */
function deal(tables: readonly ObjectName[], columns: readonly string[], taken: Set<string>): readonly ObjectName[] {
  return tables.map(({ schema, name: table }) => {
    const isTaken = (name: string): boolean => taken.has(keyOf({ schema, name }));
    const index = { schema, name: serverName(table, columns, 'idx', isTaken) };
    taken.add(keyOf(index));
    return index;
  });
}

function keyOf({ schema, name }: ObjectName): string {
  return JSON.stringify([schema, name]);
}

/** Is it one of the names that the server gives to an index on this table? */
export function isServerName(name: string, table: string, columns: readonly string[]): boolean {
  const number = /_idx(\d*)$/.exec(name)?.[1];
  return number !== undefined && name === serverName(table, columns, 'idx', (_, at) => at < Number(number));
}
