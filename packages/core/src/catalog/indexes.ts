/** Indexes of a table as the catalog holds them, and their comparison with a wished one. */
import { sameExpression } from '../expressions.js';
import type { IndexColumn, IndexRequest } from '../operations/create-index.js';
import type { Difference } from '../outcome.js';
import { sql, truncateName } from '../sql.js';

export interface StoredIndex {
  readonly name: string;
  /** False after a failed CONCURRENTLY build: no query uses it, writers still pay for it. */
  readonly valid: boolean;
  readonly ready: boolean;
  readonly unique: boolean;
  /** False for the index of a DEFERRABLE constraint: duplicates may stand until the end of the transaction. */
  readonly immediate: boolean;
  readonly method: string;
  readonly nullsNotDistinct: boolean;
  readonly predicate: string | null;
  /** `fillfactor=70` */
  readonly parameters: readonly string[];
  readonly keys: readonly StoredKey[];
  readonly include: readonly string[];
}

interface StoredKey {
  readonly column: string | null;
  readonly expression: string | null;
  readonly opclass: string;
  readonly defaultOpclass: boolean;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
  /** `siglen=100` */
  readonly parameters: string | null;
  /** Collation where it is not the column's own; of an expression, where it is not the default. */
  readonly collation: string | null;
}

/** One JSON object per row `i` of pg_index. `to_jsonb` reads columns that older servers do not have. */
export const INDEX_COLUMNS = sql`pg_catalog.json_build_object(
  'name', (select ic.relname from pg_catalog.pg_class ic where ic.oid = i.indexrelid),
  'valid', i.indisvalid, 'ready', i.indisready and i.indislive, 'unique', i.indisunique, 'immediate', i.indimmediate,
  'method', (select am.amname from pg_catalog.pg_class ic join pg_catalog.pg_am am on am.oid = ic.relam where ic.oid = i.indexrelid),
  'nullsNotDistinct', coalesce((pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false),
  'predicate', pg_catalog.pg_get_expr(i.indpred, i.indrelid),
  'parameters', coalesce((select pg_catalog.to_json(ic.reloptions) from pg_catalog.pg_class ic where ic.oid = i.indexrelid and ic.reloptions is not null), '[]'),
  'keys', (select pg_catalog.json_agg(pg_catalog.json_build_object('column', ka.attname,
      'expression', case when k.attnum = 0 then pg_catalog.pg_get_indexdef(i.indexrelid, k.n::int, true) end,
      'parameters', (select pg_catalog.array_to_string(ia.attoptions, ', ') from pg_catalog.pg_attribute ia where ia.attrelid = i.indexrelid and ia.attnum = k.n),
      'opclass', oc.opcname, 'defaultOpclass', oc.opcdefault,
      'descending', (i.indoption[k.n - 1] & 1) = 1, 'nullsFirst', (i.indoption[k.n - 1] & 2) = 2,
      'collation', case when i.indcollation[k.n - 1] not in (0, coalesce(ka.attcollation, 100))
        then (select l.collname from pg_catalog.pg_collation l where l.oid = i.indcollation[k.n - 1]) end) order by k.n)
    from pg_catalog.unnest(i.indkey::int2[]) with ordinality k (attnum, n)
    left join pg_catalog.pg_attribute ka on ka.attrelid = i.indrelid and ka.attnum = k.attnum and k.attnum <> 0
    left join pg_catalog.pg_opclass oc on oc.oid = i.indclass[k.n - 1]
    where k.n <= i.indnkeyatts),
  'include', coalesce((select pg_catalog.json_agg(ka.attname order by k.n) from pg_catalog.unnest(i.indkey::int2[]) with ordinality k (attnum, n)
    join pg_catalog.pg_attribute ka on ka.attrelid = i.indrelid and ka.attnum = k.attnum where k.n > i.indnkeyatts), '[]'))`;

export function readIndexes(json: unknown): readonly StoredIndex[] {
  return (json ?? []) as readonly StoredIndex[];
}

/** What differs, tier 1. An expression in another spelling is not proved different. */
export function compareIndex(wanted: IndexRequest, found: StoredIndex): readonly Difference[] {
  const differences: Difference[] = [];
  const say = (path: string, expected: string, is: string): void => {
    if (expected !== is) differences.push({ path, expected, found: is, proved: true });
  };
  if (wanted.verbatim !== undefined) return [...compareUnique(wanted, found), unproved(wanted.verbatim, found)];
  say('method', wanted.method ?? 'btree', found.method);
  say('uniqueness', wanted.unique === true ? 'unique' : 'not unique', found.unique ? 'unique' : 'not unique');
  if (found.unique) say('uniqueness checked', 'at once', found.immediate ? 'at once' : 'at the end (DEFERRABLE)');
  say('number of keys', String(wanted.columns.length), String(found.keys.length));
  say(
    'NULLs',
    wanted.nullsNotDistinct === true ? 'not distinct' : 'distinct',
    found.nullsNotDistinct ? 'not distinct' : 'distinct',
  );
  say('included columns', (wanted.include ?? []).map(truncateName).join(', '), found.include.join(', '));
  if (wanted.with !== undefined) {
    say(
      'storage parameters',
      printParameters(Object.entries(wanted.with).map(([k, v]) => `${k}=${String(v)}`)),
      printParameters(found.parameters),
    );
  }
  if (wanted.columns.length === found.keys.length) {
    wanted.columns.forEach((key, i) => {
      differences.push(...compareKey(`key ${i + 1}`, key, found.keys[i] as StoredKey));
    });
  }
  if ((wanted.where === undefined) !== (found.predicate === null))
    say('predicate', wanted.where ?? 'none', found.predicate ?? 'none');
  else if (wanted.where !== undefined && found.predicate !== null && !sameExpression(wanted.where, found.predicate)) {
    differences.push({ path: 'predicate', expected: wanted.where, found: found.predicate, proved: false });
  }
  return differences;
}

function compareUnique(wanted: IndexRequest, found: StoredIndex): readonly Difference[] {
  if ((wanted.unique === true) === found.unique && found.immediate) return [];
  const printed = (unique: boolean): string => (unique ? 'unique' : 'not unique');
  const [expected, is] = [
    printed(wanted.unique === true),
    `${printed(found.unique)}${found.immediate ? '' : ' (DEFERRABLE)'}`,
  ];
  return [{ path: 'uniqueness', expected, found: is, proved: true }];
}

/** A verbatim definition is compared by the server only. */
function unproved(verbatim: string, found: StoredIndex): Difference {
  const keys = found.keys.map((key) => key.column ?? key.expression).join(', ');
  return { path: 'definition', expected: verbatim, found: `an index on (${keys})`, proved: false };
}

function compareKey(path: string, key: IndexColumn, found: StoredKey): readonly Difference[] {
  const wanted = typeof key === 'string' ? { column: key } : key;
  const differences: Difference[] = [];
  const say = (what: string, expected: string, is: string, proved = true): void => {
    if (expected !== is) differences.push({ path: `${path}${what}`, expected, found: is, proved });
  };
  if (wanted.column !== undefined) say('', truncateName(wanted.column), found.column ?? (found.expression as string));
  else if (found.expression === null) say('', wanted.expression as string, found.column as string);
  else if (!sameExpression(wanted.expression as string, found.expression))
    say('', wanted.expression as string, found.expression, false);
  const descending = 'order' in wanted && wanted.order === 'desc';
  const nullsFirst = 'nulls' in wanted && wanted.nulls !== undefined ? wanted.nulls === 'first' : descending;
  say(' order', descending ? 'descending' : 'ascending', found.descending ? 'descending' : 'ascending');
  say(' NULLs', nullsFirst ? 'first' : 'last', found.nullsFirst ? 'first' : 'last');
  // The collation of an expression may come from its columns: the server must say.
  const own = found.expression === null ? "the column's own" : 'the default';
  say(' collation', own, found.collation ?? own, found.expression === null);
  say(' opclass parameters', 'none', found.parameters ?? 'none');
  const opclass = 'opclass' in wanted ? wanted.opclass?.split('.').at(-1) : undefined;
  if (opclass !== undefined) say(' opclass', opclass, found.opclass);
  else if (!found.defaultOpclass) say(' opclass', 'the default', found.opclass);
  return differences;
}

function printParameters(parameters: readonly string[]): string {
  return [...parameters].sort().join(', ');
}
