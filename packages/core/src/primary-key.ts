/** Which column or columns identify a row. */
import { oneOf, splitOptions, wrong } from './arguments.js';
import { isNamed, readRelation, relationColumns, SERVER } from './catalog/relation.js';
import { PrerequisiteError } from './errors.js';
import { type ObjectName, printName, requireName } from './names.js';
import type { Connection } from './postgres/connection.js';
import { sql, truncateName } from './sql.js';

/** The primary key of a table. */
export interface PrimaryKey {
  /** In key order; INCLUDE columns are none of them. */
  readonly columns: readonly string[];
  /** As PostgreSQL prints them; a domain by its own name. */
  readonly types: readonly string[];
  readonly constraintName: string;
  /** Of the first column. */
  readonly identity: 'always' | 'by default' | null;
  /** Sequence owned by the first column, `schema.name`. */
  readonly sequence: string | null;
  /** Foreign keys that refer to the table. */
  readonly referencedBy: readonly {
    readonly table: string;
    readonly constraintName: string;
    readonly columns: readonly string[];
  }[];
}

export interface DetectPkColumnOptions {
  /** Names to try when no key is declared, in order. Default `['id']`. */
  readonly candidates?: readonly string[];
  /** `candidates`: an existing candidate goes before the declared key, as in tables whose key is not the column that is meant. Default `key`. */
  readonly prefer?: 'key' | 'candidates';
  /** Answer when nothing fits. Default: `PrerequisiteError`. */
  readonly fallback?: string;
}

interface TableKeys {
  readonly name: string;
  readonly exists: boolean;
  readonly primary: PrimaryKey | null;
  /** Columns that alone are unique and NOT NULL. */
  readonly unique: readonly string[];
  readonly columns: readonly string[];
}

/** The declared primary key; null when the table has none or does not exist. One round trip. */
export async function detectPrimaryKey(connection: Connection, table: ObjectName): Promise<PrimaryKey | null> {
  return (await readKeys(connection, table)).primary;
}

/**
 * The one column that identifies a row: the declared single-column key; else a unique NOT NULL candidate; else a candidate that exists,
 * in the order given; else `fallback`. Rejects with `PrerequisiteError`, which lists what there is, for a composite key or none.
 */
export async function detectPkColumn(
  connection: Connection,
  table: ObjectName,
  options?: DetectPkColumnOptions,
): Promise<string> {
  const { candidates = ['id'], prefer, fallback } = readOptions(options);
  const keys = await readKeys(connection, table);
  const present = candidates.map(truncateName).filter((c) => keys.columns.includes(c));
  const declared = keys.primary?.columns.length === 1 ? keys.primary.columns[0] : undefined;
  const unique = present.find((c) => keys.unique.includes(c));
  // Beside a composite key, a candidate that is not unique by itself is only a part of the key.
  const candidate = unique ?? (keys.primary === null || prefer === 'candidates' ? present[0] : undefined);
  const found = prefer === 'candidates' ? (candidate ?? declared) : (declared ?? candidate);
  const answer = found ?? fallback;
  if (answer !== undefined) return answer;
  throw notDetected(keys, candidates);
}

function readOptions(options: DetectPkColumnOptions | undefined): DetectPkColumnOptions {
  const operation = 'detectPkColumn';
  const { own } = splitOptions<DetectPkColumnOptions>(operation, options, ['candidates', 'prefer', 'fallback']);
  const { candidates, prefer, fallback } = own;
  if (candidates !== undefined && !Array.isArray(candidates))
    throw wrong(operation, 'candidates', 'must be a list of names');
  for (const candidate of candidates ?? []) requireName(operation, 'candidate', candidate);
  oneOf(operation, 'prefer', prefer, ['key', 'candidates']);
  if (fallback !== undefined) requireName(operation, 'fallback', fallback);
  return own;
}

async function readKeys(connection: Connection, table: ObjectName): Promise<TableKeys> {
  const { rows } = await connection.read(sql`
    select ${SERVER}, ${relationColumns('c')},
      (select pg_catalog.json_build_object('constraintName', k.conname, 'columns', pg_catalog.json_agg(a.attname order by u.n), 'types', pg_catalog.json_agg(pg_catalog.format_type(a.atttypid, a.atttypmod) order by u.n),
          'identity', (pg_catalog.array_agg(a.attidentity::text order by u.n))[1],
          'sequence', (select n.nspname || '.' || s.relname from pg_catalog.pg_depend d join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'
             join pg_catalog.pg_namespace n on n.oid = s.relnamespace
             where d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass and d.deptype in ('a', 'i')
               and d.refobjid = c.oid and d.refobjsubid = k.conkey[1] limit 1))
        from pg_catalog.pg_constraint k cross join unnest(k.conkey) with ordinality u (attnum, n)
        join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = u.attnum
        where k.conrelid = c.oid and k.contype = 'p' group by k.oid, k.conname, k.conkey) as key,
      (select pg_catalog.json_agg(pg_catalog.json_build_object('table', rn.nspname || '.' || rc.relname, 'constraintName', k.conname,
          'columns', (select pg_catalog.json_agg(a.attname order by u.n) from unnest(k.conkey) with ordinality u (attnum, n)
            join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.attnum)) order by rn.nspname, rc.relname, k.conname)
        from pg_catalog.pg_constraint k join pg_catalog.pg_class rc on rc.oid = k.conrelid join pg_catalog.pg_namespace rn on rn.oid = rc.relnamespace
        where k.confrelid = c.oid and k.contype = 'f' and k.conparentid = 0) as referenced_by,
      (select pg_catalog.json_agg(distinct a.attname) from pg_catalog.pg_index i join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
        where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indnkeyatts = 1 and i.indpred is null and i.indexprs is null and a.attnotnull) as unique,
      (select pg_catalog.json_agg(a.attname order by a.attnum) from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
    from (select 1) one
    left join pg_catalog.pg_class c on ${isNamed('c', table)} and c.relkind in ('r', 'p', 'f', 'v', 'm')`);
  const row = rows[0] ?? {};
  const relation = readRelation(row);
  const key = row['key'] as
    | (Omit<PrimaryKey, 'identity' | 'referencedBy'> & { readonly identity: string })
    | null
    | undefined;
  return {
    name: printName(relation?.name ?? table),
    exists: relation !== null,
    primary:
      key == null
        ? null
        : {
            columns: key.columns,
            types: key.types,
            constraintName: key.constraintName,
            identity: key.identity === 'a' ? 'always' : key.identity === 'd' ? 'by default' : null,
            sequence: key.sequence,
            referencedBy: (row['referenced_by'] ?? []) as PrimaryKey['referencedBy'],
          },
    unique: (row['unique'] ?? []) as readonly string[],
    columns: (row['columns'] ?? []) as readonly string[],
  };
}

function notDetected(keys: TableKeys, candidates: readonly string[]): PrerequisiteError {
  const composite = keys.primary !== null;
  const problem = !keys.exists
    ? `table ${keys.name} does not exist`
    : composite
      ? `its primary key has several columns: ${keys.primary.columns.join(', ')}`
      : `it has no primary key, and none of the candidates (${candidates.join(', ')}) exists`;
  const unique = keys.unique.length === 0 ? '' : `\nUnique and NOT NULL: ${keys.unique.join(', ')}`;
  const columns = keys.exists ? `\nIts columns: ${keys.columns.join(', ')}` : '';
  return new PrerequisiteError({
    operation: 'detectPkColumn',
    target: keys.name,
    happened: `no single column identifies a row: ${problem}.${unique}${columns}`,
    hint: composite
      ? 'Use detectPrimaryKey, which answers all columns of the key.'
      : "Name the column: detectPkColumn(table, { candidates: ['…'] }), or give a { fallback }.",
    missing: [{ kind: 'primary key', name: keys.name, problem, nearMisses: keys.unique }],
  });
}
