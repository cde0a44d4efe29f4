/** The rows of a seed as SQL text: literals in the types of their columns. */
import { calledFunctions, usesStableWord } from '../expressions.js';
import { type ObjectName, quoteName } from '../names.js';
import { inlineSql, isFragment, quoteIdent, quoteLiteral, type SqlFragment, sql, truncateName } from '../sql.js';
import { type ColumnTypes, closed, printValue } from './condition.js';

/** Values by column: a value, or an expression by the `sql` tag. */
export type SeedRow = Readonly<Record<string, unknown>>;

export interface SeedColumns {
  readonly types: ColumnTypes;
  readonly seeded: Readonly<Record<string, SeededColumn>>;
}

interface SeededColumn {
  /** Type in which a literal is read: without a length, as a cast to `varchar(3)` would cut it silently. */
  readonly read: string;
  /** Type in which it is compared: rounded as the column rounds it, and again not cut. */
  readonly compared: string;
  /** GENERATED ALWAYS, as an expression or as an identity. */
  readonly filled: boolean;
}

/** Rows that name the same columns. */
export interface SeedGroup {
  /** Names the step. */
  readonly id: string;
  readonly columns: readonly string[];
  /** Columns whose value is another one each time, such as `now()`: filled when a row is inserted, never compared. */
  readonly unstable: readonly string[];
  readonly rows: readonly SeedRow[];
}

/** Column `seeded` of an inspection: `SeedColumns.seeded` of those of `columns` that the relation `alias` of pg_class has. */
export function seedColumns(alias: string, columns: readonly string[]): SqlFragment {
  return sql`(select pg_catalog.json_object_agg(a.attname, pg_catalog.json_build_object('read', pg_catalog.format_type(b.oid, -1),
        'compared', case when b.typcategory in ('S', 'V') or e.typcategory in ('S', 'V') then pg_catalog.format_type(b.oid, -1) else pg_catalog.format_type(a.atttypid, a.atttypmod) end,
        'filled', a.attidentity = 'a' or a.attgenerated <> ''))
      from pg_catalog.pg_attribute a
      cross join lateral (
        with recursive base as (
          select t.* from pg_catalog.pg_type t where t.oid = a.atttypid
          union all select t.* from base join pg_catalog.pg_type t on t.oid = base.typbasetype)
        select oid, typcategory, typelem from base where typbasetype = 0) b
      left join pg_catalog.pg_type e on e.oid = b.typelem and b.typcategory = 'A'
      where a.attrelid = ${sql.raw(alias)}.oid and a.attnum > 0 and not a.attisdropped and a.attname = any(${columns}::name[])) as seeded`;
}

/** `volatile`: names of functions that do not always give the same. */
export function groupsOf(rows: readonly SeedRow[], volatile: ReadonlySet<string>): readonly SeedGroup[] {
  const groups = new Map<string, { columns: readonly string[]; unstable: readonly string[]; rows: SeedRow[] }>();
  for (const row of rows) {
    const columns = Object.keys(row).sort();
    const unstable = columns.filter((column) => isUnstable(row[column], volatile));
    const shape = JSON.stringify([columns, unstable]);
    const group = groups.get(shape) ?? { columns, unstable, rows: [] };
    group.rows.push(row);
    groups.set(shape, group);
  }
  return [...groups.values()].map((group, i) => ({ ...group, id: i === 0 ? 'insert' : `insert ${i + 1}` }));
}

function isUnstable(value: unknown, volatile: ReadonlySet<string>): boolean {
  if (!isFragment(value)) return false;
  const text = inlineSql(value);
  const functions = calledFunctions(text);
  return functions === null || usesStableWord(text) || functions.some((name) => volatile.has(name));
}

const CHUNK = 500;

/** The rows in portions, one statement each. */
export function chunksOf(group: SeedGroup): readonly SeedGroup[] {
  return Array.from({ length: Math.ceil(group.rows.length / CHUNK) }, (_, i) => ({
    ...group,
    rows: group.rows.slice(i * CHUNK, (i + 1) * CHUNK),
  }));
}

/** Rows whose key is there are left out before ON CONFLICT meets them, so that they use up no number of a sequence. */
export function insertStatement(
  table: ObjectName,
  types: SeedColumns,
  group: SeedGroup,
  key: readonly string[],
): string {
  const columns = group.columns.map(quoteIdent).join(', ');
  const same = key.map((column) => sameKey('t', types, column)).join(' AND ');
  return (
    `INSERT INTO ${quoteName(table)} (${columns}) SELECT ${group.columns.map((column) => `w.${quoteIdent(column)}`).join(', ')} FROM ${wanted(types, group)}` +
    ` WHERE NOT EXISTS (SELECT FROM ${quoteName(table)} t WHERE ${same}) ORDER BY w.holdfast_row ON CONFLICT (${key.map(quoteIdent).join(', ')}) DO NOTHING`
  );
}

/** Answers `key`, `there` and `differ` of each row that is not there, or that holds something else. */
export function compareStatement(
  table: ObjectName,
  types: SeedColumns,
  group: SeedGroup,
  key: readonly string[],
): string {
  const compared = group.columns.filter((column) => !group.unstable.includes(column) && !key.includes(column));
  const differs = (column: string): string => {
    const as = types.types[truncateName(column)]?.incomparable === true ? '::text' : '';
    return `t.${quoteIdent(column)}${as} IS DISTINCT FROM ${inType(types, column)}${as}`;
  };
  const told = compared.map(
    (column) =>
      `CASE WHEN ${differs(column)} THEN pg_catalog.json_build_object('column', ${quoteLiteral(column).trim()}::text, 'expected', ${inType(types, column)}::text, 'found', t.${quoteIdent(column)}::text) END`,
  );
  const keys = key.map((column) => `w.${quoteIdent(column)}::text`).join(', ');
  const on = key.map((column) => sameKey('t', types, column)).join(' AND ');
  const any = ['t.tableoid IS NULL', ...compared.map(differs)].join(' OR ');
  return `SELECT pg_catalog.json_build_array(${keys}) AS key, t.tableoid IS NOT NULL AS there, pg_catalog.json_build_array(${told.join(', ')}) AS differ FROM ${wanted(types, group)} LEFT JOIN ${quoteName(table)} t ON ${on} WHERE ${any} ORDER BY w.holdfast_row`;
}

function sameKey(alias: string, types: SeedColumns, column: string): string {
  return `${alias}.${quoteIdent(column)} = ${inType(types, column)}`;
}

function inType({ seeded }: SeedColumns, column: string): string {
  return `w.${quoteIdent(column)}::${seeded[truncateName(column)]?.compared ?? 'text'}`;
}

function wanted({ types, seeded }: SeedColumns, { columns, rows }: SeedGroup): string {
  const lines = rows.map((row, i) => {
    const values = columns.map((column) => {
      const name = truncateName(column);
      return `(${closed(printValue(row[column], types[name]))})::${seeded[name]?.read ?? 'text'}`;
    });
    return `(${[i + 1, ...values].join(', ')})`;
  });
  return `(VALUES ${lines.join(', ')}) w (holdfast_row, ${columns.map(quoteIdent).join(', ')})`;
}
