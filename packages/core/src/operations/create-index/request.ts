/** An index as callers ask for it. */
import { embed } from '../../expressions.js';
import { quoteIdent, quoteLiteral, truncateName } from '../../sql.js';

/** A key of an index: a column, or an expression with what may stand behind it. */
export type IndexColumn =
  | string
  | ({
      /** `C`, `pg_catalog.ucs_basic`. Default: that of the column or expression. */
      readonly collation?: string;
      readonly opclass?: string;
      readonly order?: 'asc' | 'desc';
      readonly nulls?: 'first' | 'last';
    } & (
      | { readonly column: string; readonly expression?: never }
      | { readonly expression: string; readonly column?: never }
    ));

export interface IndexOptions {
  /** Default: `<table>_<columns>_idx`, PostgreSQL's own pattern. */
  readonly name?: string;
  readonly unique?: boolean;
  /** Predicate of a partial index, as SQL. */
  readonly where?: string;
  /** Access method. Default `btree`. */
  readonly method?: string;
  /** Columns carried along without being keys. */
  readonly include?: readonly string[];
  /** NULLs count as equal (PostgreSQL 15 and later). */
  readonly nullsNotDistinct?: boolean;
  /** Storage parameters: `{ fillfactor: 70 }`. */
  readonly with?: Readonly<Record<string, string | number | boolean>>;
  /** `false` builds with the plain form, which keeps writers waiting; refused on a large table. Default: concurrently wherever the transaction allows. */
  readonly concurrently?: boolean;
  /** Keys and included columns that are left out where they do not exist. */
  readonly optionalColumns?: readonly string[];
}

export interface IndexRequest extends IndexOptions {
  readonly columns: readonly IndexColumn[];
  /**
   * What stands behind the table in CREATE INDEX, `USING btree (…) WITH (…) WHERE …`, word for word. It goes before all other options but
   * name, `unique` and `concurrently`, so that nothing that SQL can say is lost (opclass parameters, collations, tablespaces).
   */
  readonly verbatim?: string;
  /** The same index under another name does not count: somebody needs this one by its name. */
  readonly onlyByName?: true;
  /** The caller has counted the duplicates already, or they cannot be counted by what is known of the keys. */
  readonly noDuplicates?: true;
}

/** What stands behind the table in CREATE INDEX. */
export function printIndexTail(wanted: IndexRequest): string {
  if (wanted.verbatim !== undefined) return embed(wanted.verbatim);
  const keys = wanted.columns.map((key) => {
    if (typeof key === 'string') return quoteIdent(key);
    const base = key.column === undefined ? `(${embed(key.expression)})` : quoteIdent(key.column);
    const collation = key.collation === undefined ? '' : ` COLLATE ${quotePath(key.collation)}`;
    const opclass = key.opclass === undefined ? '' : ` ${quotePath(key.opclass)}`;
    const order = key.order === undefined ? '' : ` ${key.order.toUpperCase()}`;
    return `${base}${collation}${opclass}${order}${key.nulls === undefined ? '' : ` NULLS ${key.nulls.toUpperCase()}`}`;
  });
  const parameters = Object.entries(wanted.with ?? {}).map(
    ([name, value]) =>
      // Quoted, the server would not fold it.
      `${quoteIdent(name.toLowerCase())} = ${typeof value === 'string' ? quoteLiteral(value).trim() : String(value)}`,
  );
  return [
    `USING ${quoteIdent(wanted.method ?? 'btree')} (${keys.join(', ')})`,
    wanted.include === undefined || wanted.include.length === 0
      ? ''
      : `INCLUDE (${wanted.include.map(quoteIdent).join(', ')})`,
    wanted.nullsNotDistinct === true ? 'NULLS NOT DISTINCT' : '',
    parameters.length === 0 ? '' : `WITH (${parameters.join(', ')})`,
    wanted.where === undefined ? '' : `WHERE ${embed(wanted.where)}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** Null for an expression. */
export function columnName(key: IndexColumn): string | null {
  return typeof key === 'string' ? key : (key.column ?? null);
}

/** The columns that must exist, those inside of expressions left out. */
export function columnsOf(index: IndexRequest): readonly string[] {
  return [...index.columns.map(columnName).filter((name) => name !== null), ...(index.include ?? [])];
}

/** The request without the optional columns that are not among `existing`. */
export function withoutMissing(index: IndexRequest, existing: readonly string[]): IndexRequest {
  const optional = new Set(index.optionalColumns ?? []);
  const kept = (name: string | null): boolean =>
    name === null || !optional.has(name) || existing.includes(truncateName(name));
  return {
    ...index,
    columns: index.columns.filter((key) => kept(columnName(key))),
    ...(index.include === undefined ? {} : { include: index.include.filter(kept) }),
  };
}

/** A name that may have its schema before it. */
function quotePath(path: string): string {
  return path.split('.').map(quoteIdent).join('.');
}
