/**
 * safeCreateIndex: builds an index while writers go on.
 *
 * Plain CREATE INDEX keeps writers waiting until it is done. CONCURRENTLY does not, but leaves an INVALID index behind when it fails,
 * and IF NOT EXISTS then takes that, or any other index or table of the same name, for the wanted one.
 */
import { type Canon, SHADOW, sameCanonicalForm } from '../catalog/canonical.js';
import { defaultName } from '../catalog/generated-names.js';
import { compareIndex, INDEX_COLUMNS, readIndexes } from '../catalog/indexes.js';
import {
  isNamed,
  kindOf,
  missingTable,
  readRelation,
  relationColumns,
  remarkOn,
  resolvedName,
  SERVER,
} from '../catalog/relation.js';
import { forbidRows } from '../data/violations.js';
import {
  CATALOG,
  type Facts,
  type Lock,
  type Operation,
  type Parent,
  type ProbeStep,
  type Refusal,
  type SqlStep,
} from '../engine/operation.js';
import { embed } from '../expressions.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Connection } from '../postgres/connection.js';
import { quoteIdent, quoteLiteral, sql, truncateName } from '../sql.js';

/** A key of an index: a column, or an expression with what may stand behind it. */
export type IndexColumn =
  | string
  | ({ readonly opclass?: string; readonly order?: 'asc' | 'desc'; readonly nulls?: 'first' | 'last' } & (
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
  /** The caller has counted the duplicates already. */
  readonly noDuplicates?: true;
}

export interface CreateIndexArguments {
  readonly table: ObjectName;
  readonly index: IndexRequest;
}

export interface CreateIndexFacts extends Facts<{ readonly index: 'absent' | 'invalid' | 'valid' }> {
  readonly table: ObjectName;
  readonly name: ObjectName;
  /** The request without the optional columns that do not exist. */
  readonly wanted: IndexRequest;
  /** What holds the name and is no index of this table. */
  readonly taken: string | null;
  /** Pid of another session that is building this index now. */
  readonly builtBy: number | null;
  readonly partitioned: boolean;
  readonly unfit: string | null;
}

export const createIndex: Operation<CreateIndexArguments, CreateIndexFacts> = {
  name: 'safeCreateIndex',

  async inspect(reader, { table, index }) {
    const asked = [...index.columns.map(columnName).filter((name) => name !== null), ...(index.include ?? [])];
    const wantedName =
      index.name ??
      defaultName(
        table.name,
        index.columns.map((c) => columnName(c) ?? 'expr'),
        'idx',
      );
    const { rows } = await reader.read(sql`
      select ${SERVER}, ${relationColumns('c')}, n.relname as takenname, n.oid as takenid, n.relkind as takenkind, x.indexes,
        n.relnamespace::regnamespace::text as takenschema,
        (select pg_catalog.json_agg(a.attname) from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
           and a.attname = any(${asked}::name[])) as columns,
        (select pg_catalog.min(p.pid) from pg_catalog.pg_stat_progress_create_index p where p.index_relid = n.oid and p.pid <> pg_catalog.pg_backend_pid()) as builder
      from (select 1) one
      left join pg_catalog.pg_class c on ${isNamed('c', table)} and c.relkind in ('r', 'p', 'm', 'v', 'f')
      left join pg_catalog.pg_class n on n.relnamespace = c.relnamespace and n.relname = ${wantedName}::name
      left join lateral (select pg_catalog.json_agg(${INDEX_COLUMNS}) as indexes from pg_catalog.pg_index i where i.indrelid = c.oid) x on true`);
    const row = rows[0] ?? {};
    const relation = readRelation(row);
    const taken = readRelation(row, 'taken');
    const name = resolvedName(relation, table);
    const existing = (row['columns'] ?? []) as readonly string[];
    const wanted = withoutMissing(index, existing);
    const indexes = readIndexes(row['indexes']);
    const named = indexes.find((i) => i.name === truncateName(wantedName));
    const others = named !== undefined || index.onlyByName === true ? [] : indexes.filter((i) => i.valid);
    const found = named ?? others.find((i) => compareIndex(wanted, i).length === 0);
    const alike = found === undefined ? others.filter((i) => compareIndex(wanted, i).every((d) => !d.proved)) : [];
    const lacking = columnsOf(wanted).filter((column) => !existing.includes(truncateName(column)));
    return {
      target: `${printName(name)}(${index.columns.map((c) => columnName(c) ?? (c as { expression: string }).expression).join(', ')})`,
      state: { index: found === undefined ? 'absent' : found.valid && found.ready ? 'valid' : 'invalid' },
      begun: found !== undefined,
      differences: found === undefined ? [] : compareIndex(wanted, found),
      missing:
        relation === null
          ? missingTable(relation, table)
          : lacking.map((c): Parent => ({ kind: 'column', name: `${printName(name)}.${c}` })),
      ...remarkOn(wantedName, found?.name),
      ...(alike.length === 0 ? {} : { alike: alike.map((i) => i.name) }),
      table: name,
      name: { schema: name.schema, name: found?.name ?? wantedName },
      wanted,
      taken: taken === null || named !== undefined ? null : `${kindOf(taken)} ${printName(taken.name)}`,
      builtBy: typeof row['builder'] === 'number' ? row['builder'] : null,
      partitioned: relation?.kind === 'p',
      unfit: relation === null || 'rpm'.includes(relation.kind) ? null : `it is a ${kindOf(relation)}`,
    };
  },

  next(facts, _args, form) {
    const { state, wanted } = facts;
    if (state.index === 'valid') return null;
    if (facts.unfit !== null)
      return { refuse: `${facts.unfit}: it has no indexes.`, hint: 'Index the table that holds the rows.' };
    if (facts.taken !== null) return { refuse: `the name is taken by ${facts.taken}.`, hint: 'Pass another { name }.' };
    if (wanted.columns.length === 0) return { refuse: 'none of the columns exists.', hint: 'Add them first.' };
    if (facts.builtBy !== null) return refuseBuilding(facts.builtBy);
    const concurrently = form === 'online' && wanted.concurrently !== false && !facts.partitioned;
    if (state.index === 'invalid') return dropInvalid(facts, concurrently);
    const look = wanted.unique === true && wanted.noDuplicates !== true;
    if (look && !(facts.probed ?? []).includes('duplicates')) return probeDuplicates(facts);
    return build(facts, concurrently);
  },

  async prove(connection, facts) {
    if (facts.differences.length > 0) {
      return (await sameIndexOnServer(connection, facts, facts.name.name)) ? { ...facts, differences: [] } : facts;
    }
    for (const name of facts.alike ?? []) {
      if (!(await sameIndexOnServer(connection, facts, name))) continue;
      return { ...facts, state: { index: 'valid' }, begun: true, remark: `there under the name ${name}` };
    }
    return facts;
  },
};

function build(facts: CreateIndexFacts, concurrently: boolean): SqlStep<CreateIndexFacts> {
  return {
    kind: 'sql',
    id: 'build',
    why: concurrently ? 'builds while reads and writes go on' : 'builds while writers wait',
    sql: `CREATE ${facts.wanted.unique === true ? 'UNIQUE ' : ''}INDEX ${concurrently ? 'CONCURRENTLY ' : ''}${quoteIdent(facts.name.name)} ON ${quoteName(facts.table)} ${printIndexTail(facts.wanted)}`,
    locks: [tableLock(facts, concurrently ? 'ShareUpdateExclusiveLock' : 'ShareLock')],
    work: { kind: 'scan', of: facts.table },
    commit: concurrently ? 'outside' : 'own',
    after: () => ({ index: 'valid' }),
    explain: async (connection) => probeDuplicates(facts).judge(connection),
  };
}

function dropInvalid(facts: CreateIndexFacts, concurrently: boolean): SqlStep<CreateIndexFacts> {
  return {
    kind: 'sql',
    id: 'drop invalid',
    why: 'an earlier build has failed and left an INVALID index, which no query uses',
    sql: `DROP INDEX ${concurrently ? 'CONCURRENTLY ' : ''}${quoteName(facts.name)}`,
    locks: [tableLock(facts, concurrently ? 'ShareUpdateExclusiveLock' : 'AccessExclusiveLock')],
    work: CATALOG,
    commit: concurrently ? 'outside' : 'own',
    after: () => ({ index: 'absent' }),
  };
}

function probeDuplicates(facts: CreateIndexFacts): ProbeStep<CreateIndexFacts> {
  const { wanted, table } = facts;
  const keys = wanted.columns.map((c) =>
    columnName(c) === null
      ? `(${embed((c as { expression: string }).expression)})`
      : quoteIdent(columnName(c) as string),
  );
  // NULLs are distinct from each other unless the index says otherwise.
  const filled = wanted.nullsNotDistinct === true ? [] : keys.map((key) => `${key} IS NOT NULL`);
  const conditions = [...(wanted.where === undefined ? [] : [`(${embed(wanted.where)})`]), ...filled];
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const query = `SELECT ${keys.join(', ')}, count(*) AS rows FROM ${quoteName(table)}${where} GROUP BY ${keys.map((_, i) => i + 1).join(', ')} HAVING count(*) > 1`;
  return {
    kind: 'probe',
    id: 'duplicates',
    why: 'duplicates are counted before anything is changed',
    sql: query,
    locks: [],
    work: CATALOG,
    judge: (connection) =>
      forbidRows(connection, query, {
        operation: createIndex.name,
        target: facts.target,
        happened: 'of keys that come more than once, in the way of a unique index.',
        hint: `Look at them:\n  ${query} LIMIT 20;\nThen remove the duplicates and run again.`,
      }),
    after: (state) => state,
  };
}

const CANON: Canon = {
  put: (name, text) => `CREATE INDEX ${name} ON ${SHADOW} ${text}`,
  read: `SELECT c.relname AS name, substring(pg_catalog.pg_get_indexdef(c.oid) FROM ' (USING .*)$') AS text
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = '${SHADOW}'::regclass`,
};

/** Is the index of that name the wanted one, by the server's canonical form? */
async function sameIndexOnServer(connection: Connection, facts: CreateIndexFacts, name: string): Promise<boolean> {
  const [row] = await connection.query(
    `select substring(pg_catalog.pg_get_indexdef(c.oid) from position(' ON ' || case when c.relkind = 'I' then 'ONLY ' else '' end
         || pg_catalog.format('%I.%I USING ', n.nspname, t.relname) in pg_catalog.pg_get_indexdef(c.oid))) as definition, i.indisunique as unique
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     join pg_catalog.pg_index i on i.indexrelid = c.oid join pg_catalog.pg_class t on t.oid = i.indrelid
     where n.nspname = $1::name and c.relname = $2::name`,
    [facts.name.schema ?? null, name],
  );
  const definition = String(row?.['definition'] ?? '');
  if (row === undefined || (row['unique'] === true) !== (facts.wanted.unique === true)) return false;
  const stored = definition.slice(definition.indexOf(' USING ') + 1);
  return sameCanonicalForm(connection, facts.table, CANON, { wanted: printIndexTail(facts.wanted), stored });
}

function printIndexTail(wanted: IndexRequest): string {
  if (wanted.verbatim !== undefined) return embed(wanted.verbatim);
  const keys = wanted.columns.map((key) => {
    if (typeof key === 'string') return quoteIdent(key);
    const base = key.column === undefined ? `(${embed(key.expression)})` : quoteIdent(key.column);
    const opclass = key.opclass === undefined ? '' : ` ${key.opclass.split('.').map(quoteIdent).join('.')}`;
    const order = key.order === undefined ? '' : ` ${key.order.toUpperCase()}`;
    return `${base}${opclass}${order}${key.nulls === undefined ? '' : ` NULLS ${key.nulls.toUpperCase()}`}`;
  });
  const parameters = Object.entries(wanted.with ?? {}).map(
    ([name, value]) =>
      `${quoteIdent(name)} = ${typeof value === 'string' ? quoteLiteral(value).trim() : String(value)}`,
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

function tableLock(facts: CreateIndexFacts, mode: Lock['mode']): Lock {
  return { on: facts.table, mode, kind: 'table' };
}

function refuseBuilding(pid: number): Refusal {
  return {
    refuse: `another session (pid ${pid}) is building this index at this moment.`,
    hint: `Wait until it is done, then run again:\n  SELECT * FROM pg_stat_progress_create_index;\nIf it is that of a deployer that was killed, end it, then run again:\n  SELECT pg_terminate_backend(${pid});`,
  };
}

function columnName(key: IndexColumn): string | null {
  return typeof key === 'string' ? key : (key.column ?? null);
}

function columnsOf(index: IndexRequest): readonly string[] {
  return [...index.columns.map(columnName).filter((name) => name !== null), ...(index.include ?? [])];
}

function withoutMissing(index: IndexRequest, existing: readonly string[]): IndexRequest {
  const optional = new Set(index.optionalColumns ?? []);
  const kept = (name: string | null): boolean =>
    name === null || !optional.has(name) || existing.includes(truncateName(name));
  return {
    ...index,
    columns: index.columns.filter((key) => kept(columnName(key))),
    ...(index.include === undefined ? {} : { include: index.include.filter(kept) }),
  };
}
