/** What hangs on a column and has to hang on another one before that can take its place: indexes, constraints, default, numbers. */

import { columnNames } from '../../catalog/constraints.js';
import { shortName } from '../../catalog/generated-names.js';
import { type Grant, grantsOf } from '../../catalog/grants.js';
import { INDEX_COLUMNS, type StoredIndex } from '../../catalog/indexes.js';
import { tokenize } from '../../lexer.js';
import { type ObjectName, printName } from '../../names.js';
import type { Row } from '../../postgres/connection.js';
import { quoteIdent, type SqlFragment, sql } from '../../sql.js';
import type { ForeignKeyRequest, ReferentialAction } from '../add-foreign-key.js';
import type { IndexColumn, IndexRequest } from '../create-index.js';
import type { UniqueRequest } from '../create-unique-constraint.js';
import { CONSTRAINT_MARKS, INDEX_MARKS, type PartMarks } from './marks.js';

/** An index or a constraint of the one column, as the other one needs it. */
export type ColumnPart = {
  readonly name: string;
  /** What the same is called on the other column, as long as there are both. */
  readonly twin: string;
  /** It is there, valid. */
  readonly made: boolean;
  /** Left out: it has none. */
  readonly marks?: PartMarks;
} & (
  | { readonly kind: 'index'; readonly request: IndexRequest }
  /** Its index alone is made: a table has one primary key. */
  | { readonly kind: 'primary key'; readonly request: IndexRequest; readonly deferrable: Deferrable }
  | { readonly kind: 'unique'; readonly request: UniqueRequest }
  | { readonly kind: 'check'; readonly expression: string }
  /** `on`: the table that has it; another one's refer to the column. */
  | {
      readonly kind: 'foreign key';
      readonly on: ObjectName;
      readonly incoming: boolean;
      readonly key: ForeignKeyRequest;
    }
);

type Deferrable = false | 'immediate' | 'deferred';

export interface ColumnParts {
  readonly parts: readonly ColumnPart[];
  readonly notNull: boolean;
  /** Name of its NOT NULL constraint, 18 and later. */
  readonly notNullName: string | null;
  readonly default: string | null;
  readonly identity: 'always' | 'by default' | null;
  /** The sequence that belongs to the column. */
  readonly sequence: StoredSequence | null;
  readonly comment: string | null;
  /** What cannot be carried over, in words. */
  readonly obstacles: readonly string[];
}

interface StoredSequence {
  readonly name: ObjectName;
  readonly type: string;
  /** START, INCREMENT, … as CREATE SEQUENCE takes them; limits that are the type's own are left out. */
  readonly options: string;
  readonly comment: string | null;
  /** Empty: nobody was given, or lost, a right. */
  readonly grants: readonly Grant[];
}

export const NO_PARTS: ColumnParts = {
  parts: [],
  notNull: false,
  notNullName: null,
  default: null,
  identity: null,
  sequence: null,
  comment: null,
  obstacles: [],
};

/** Variables of the column in a stored expression: each must be found in its print, or the print cannot be trusted with another name. */
function uses(tree: string): SqlFragment {
  const text = sql`coalesce(${sql.raw(tree)}::text, '')`;
  const mark = sql`':varattno ' || a.attnum || ' '`;
  return sql`(pg_catalog.length(${text}) - pg_catalog.length(pg_catalog.replace(${text}, ${mark}, ''))) / pg_catalog.length(${mark})`;
}

/** What takes numbers from the sequence `o` (pg_class) besides the column that it belongs to. */
const SEQUENCE_USERS = sql`coalesce((select pg_catalog.json_agg(distinct case when u.classid = 'pg_catalog.pg_rewrite'::regclass
      then pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, (select r.ev_class from pg_catalog.pg_rewrite r where r.oid = u.objid), 0)
      else pg_catalog.pg_describe_object(u.classid, u.objid, u.objsubid) end)
    from pg_catalog.pg_depend u where u.refclassid = 'pg_catalog.pg_class'::regclass and u.refobjid = o.oid and u.deptype = 'n'), '[]')`;

const DEFERRABLE = sql`case when k.condeferred then 'deferred' when k.condeferrable then 'immediate' end`;

/** Output columns of an inspection by `lookAtColumn`, for `readParts`. */
export const PART_COLUMNS = sql`a.attnotnull as part_not_null, pg_catalog.col_description(c.oid, a.attnum) as part_comment,
  nullif(a.attidentity, '') as part_identity,
  (select k.conname from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.contype = 'n' and k.conkey[1] = a.attnum) as part_not_null_name,
  (select pg_catalog.pg_get_expr(d.adbin, d.adrelid) from pg_catalog.pg_attrdef d where d.adrelid = c.oid and d.adnum = a.attnum) as part_default,
  (select pg_catalog.json_build_object('name', pg_catalog.json_build_object('schema', n.nspname, 'name', o.relname), 'type', pg_catalog.format_type(q.seqtypid, null),
      'start', q.seqstart::text, 'increment', q.seqincrement::text, 'min', q.seqmin::text, 'max', q.seqmax::text, 'cache', q.seqcache::text, 'cycle', q.seqcycle, 'comment', pg_catalog.obj_description(o.oid, 'pg_class'),
      'grants', case when o.relacl is null then '[]' else ${grantsOf('o')} end, 'users', ${SEQUENCE_USERS})
    from pg_catalog.pg_depend p join pg_catalog.pg_sequence q on q.seqrelid = p.objid join pg_catalog.pg_class o on o.oid = p.objid
    join pg_catalog.pg_namespace n on n.oid = o.relnamespace
    where p.classid = 'pg_catalog.pg_class'::regclass and p.refclassid = p.classid and p.refobjid = c.oid and p.refobjsubid = a.attnum and p.deptype in ('a', 'i')) as part_sequence,
  (select pg_catalog.json_agg(pg_catalog.json_build_object('index', ${INDEX_COLUMNS}, 'kind', k.contype, 'deferrable', ${DEFERRABLE},
      'uses', ${uses('i.indexprs')} + ${uses('i.indpred')}, 'identity', i.indisreplident, 'marks', ${INDEX_MARKS},
      'elsewhere', (select s.spcname from pg_catalog.pg_class ic join pg_catalog.pg_tablespace s on s.oid = ic.reltablespace where ic.oid = i.indexrelid), 'period', coalesce((pg_catalog.to_jsonb(k) ->> 'conperiod')::boolean, false)) order by i.indexrelid)
    from pg_catalog.pg_index i left join pg_catalog.pg_constraint k on k.conindid = i.indexrelid and k.conrelid = i.indrelid and k.contype in ('p', 'u', 'x')
    where i.indrelid = c.oid and (a.attnum = any(i.indkey) or exists (select from pg_catalog.pg_depend p where p.classid = 'pg_catalog.pg_class'::regclass
      and p.objid = i.indexrelid and p.refclassid = p.classid and p.refobjid = c.oid and p.refobjsubid = a.attnum))) as part_indexes,
  (select pg_catalog.json_agg(pg_catalog.json_build_object('name', k.conname, 'valid', k.convalidated, 'noInherit', k.connoinherit, 'marks', ${CONSTRAINT_MARKS}, 'columns', ${columnNames('k.conrelid', 'k.conkey')},
      'enforced', coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true), 'expression', pg_catalog.pg_get_expr(k.conbin, k.conrelid), 'uses', ${uses('k.conbin')}) order by k.oid)
    from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.contype = 'c' and a.attnum = any(k.conkey)) as part_checks,
  (select pg_catalog.json_agg(pg_catalog.json_build_object('name', k.conname, 'valid', k.convalidated, 'deferrable', ${DEFERRABLE}, 'marks', ${CONSTRAINT_MARKS}, 'incoming', k.confrelid = c.oid and a.attnum = any(k.confkey),
      'outgoing', k.conrelid = c.oid and a.attnum = any(k.conkey), 'on', pg_catalog.json_build_object('schema', kn.nspname, 'name', kc.relname),
      'to', pg_catalog.json_build_object('schema', rn.nspname, 'name', rc.relname), 'columns', ${columnNames('k.conrelid', 'k.conkey')}, 'refcolumns', ${columnNames('k.confrelid', 'k.confkey')},
      'onDelete', k.confdeltype, 'onUpdate', k.confupdtype, 'match', k.confmatchtype, 'some', pg_catalog.to_jsonb(k) -> 'confdelsetcols' is distinct from 'null'::jsonb and pg_catalog.to_jsonb(k) ? 'confdelsetcols',
      'enforced', coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true), 'period', coalesce((pg_catalog.to_jsonb(k) ->> 'conperiod')::boolean, false), 'part', k.conparentid <> 0,
      'siblings', (select pg_catalog.json_agg(s.conname) from pg_catalog.pg_constraint s where s.conrelid = k.conrelid and s.contype = 'f' and s.convalidated)) order by k.oid)
    from pg_catalog.pg_constraint k join pg_catalog.pg_class kc on kc.oid = k.conrelid join pg_catalog.pg_namespace kn on kn.oid = kc.relnamespace
    join pg_catalog.pg_class rc on rc.oid = k.confrelid join pg_catalog.pg_namespace rn on rn.oid = rc.relnamespace
    where k.contype = 'f' and ((k.conrelid = c.oid and a.attnum = any(k.conkey)) or (k.confrelid = c.oid and a.attnum = any(k.confkey)))) as part_keys,
  (select pg_catalog.json_agg(pg_catalog.json_build_object('name', pg_catalog.pg_describe_object('pg_catalog.pg_statistic_ext'::regclass, s.oid, 0)) order by s.oid)
    from pg_catalog.pg_statistic_ext s where s.stxrelid = c.oid and exists (select from pg_catalog.pg_depend p where p.classid = 'pg_catalog.pg_statistic_ext'::regclass and p.objid = s.oid
      and p.refclassid = 'pg_catalog.pg_class'::regclass and p.refobjid = c.oid and p.refobjsubid = a.attnum)) as part_statistics,
  (select pg_catalog.json_agg(x.name) from (select s.conname as name from pg_catalog.pg_constraint s where s.conrelid = c.oid and s.convalidated
      union select ic.relname from pg_catalog.pg_index i join pg_catalog.pg_class ic on ic.oid = i.indexrelid where i.indrelid = c.oid and i.indisvalid and i.indisready) x) as part_names`;

interface FoundIndex {
  readonly index: StoredIndex;
  readonly kind: string | null;
  readonly deferrable: 'immediate' | 'deferred' | null;
  readonly uses: number;
  readonly identity: boolean;
  readonly marks: PartMarks;
  /** Its tablespace, where that is not the one of the database. */
  readonly elsewhere: string | null;
  readonly period: boolean;
}

interface FoundCheck {
  readonly name: string;
  readonly valid: boolean;
  readonly noInherit: boolean;
  readonly marks: PartMarks;
  readonly enforced: boolean;
  readonly columns: readonly string[];
  readonly expression: string;
  readonly uses: number;
}

interface FoundKey {
  readonly name: string;
  readonly valid: boolean;
  readonly enforced: boolean;
  readonly deferrable: 'immediate' | 'deferred' | null;
  readonly marks: PartMarks;
  readonly incoming: boolean;
  readonly outgoing: boolean;
  readonly on: ObjectName;
  readonly to: ObjectName;
  readonly columns: readonly string[];
  readonly refcolumns: readonly string[];
  readonly onDelete: string;
  readonly onUpdate: string;
  readonly match: string;
  readonly some: boolean;
  readonly period: boolean;
  readonly part: boolean;
  readonly siblings: readonly string[] | null;
}

/** What hangs on `from`, said for `to`. Checks that name `to` as well are those of the pair itself. */
export function readParts(row: Row, from: string, to: string): ColumnParts {
  const names = new Set(list<string>(row['part_names']));
  const obstacles: string[] = [];
  const say = (what: string, why: string): null => {
    obstacles.push(`${what}: ${why}`);
    return null;
  };
  const indexes = list<FoundIndex>(row['part_indexes']).map((found) => readIndex(found, { from, to, names, say }));
  const checks = list<FoundCheck>(row['part_checks'])
    .filter((check) => !check.columns.includes(to))
    .map((found) => readCheck(found, { from, to, names, say }));
  const keys = list<FoundKey>(row['part_keys']).map((found) => readKey(found, { from, to, say }));
  for (const { name } of list<{ name: string }>(row['part_statistics'])) say(name, 'extended statistics');
  const sequence = readSequence(row['part_sequence']);
  if (sequence !== null && typeof row['part_identity'] === 'string' && sequence.users.length > 0)
    say(
      `sequence ${printName(sequence.name)}`,
      `an identity gets a new one, and this one is used by ${sequence.users.join(', ')} as well`,
    );
  return {
    parts: [...indexes, ...checks, ...keys].filter((part) => part !== null),
    notNull: row['part_not_null'] === true,
    notNullName: (row['part_not_null_name'] ?? null) as string | null,
    default: (row['part_default'] ?? null) as string | null,
    identity: row['part_identity'] === 'a' ? 'always' : row['part_identity'] === 'd' ? 'by default' : null,
    sequence,
    comment: (row['part_comment'] ?? null) as string | null,
    obstacles,
  };
}

interface Reading {
  readonly from: string;
  readonly to: string;
  readonly names: ReadonlySet<string>;
  say(what: string, why: string): null;
}

function readIndex(found: FoundIndex, reading: Reading): ColumnPart | null {
  const { index, kind } = found;
  const { from, to, names, say } = reading;
  const what = `index ${index.name}`;
  if (kind === 'x') return say(`constraint ${index.name}`, 'an exclusion constraint is built while writers wait');
  if (!index.valid || !index.ready) return say(what, 'it is INVALID; drop it, or build it again');
  if (found.identity) return say(what, 'the replica identity of the table');
  if (kind === 'p' && found.deferrable !== null)
    return say(`constraint ${index.name}`, 'a DEFERRABLE primary key; its twin would be checked at once');
  if (found.period) return say(`constraint ${index.name}`, 'it is WITHOUT OVERLAPS');
  if (found.elsewhere !== null) return say(what, `it is in the tablespace ${found.elsewhere}`);
  if (index.keys.some((key) => key.parameters !== null)) return say(what, 'parameters of an operator class');
  if (kind !== null && index.parameters.length > 0) return say(`constraint ${index.name}`, 'storage parameters');
  const rename = renamer(from, to);
  const keys = index.keys.map((key): IndexColumn => {
    const more = {
      ...(key.collation === null ? {} : { collation: `${key.usedCollationSchema}.${key.usedCollation}` }),
      ...(key.defaultOpclass ? {} : { opclass: `${key.opclassSchema}.${key.opclass}` }),
      ...(key.descending ? { order: 'desc' as const } : {}),
      ...(key.nullsFirst === key.descending ? {} : { nulls: key.nullsFirst ? ('first' as const) : ('last' as const) }),
    };
    if (key.column === null) return { expression: rename.text(key.expression as string), ...more };
    const column = rename.name(key.column);
    return Object.keys(more).length === 0 ? column : { column, ...more };
  });
  const where = index.predicate === null ? undefined : rename.text(index.predicate);
  if (rename.count() !== found.uses) return say(what, `its expression cannot be read with ${to} in place of ${from}`);
  const twin = twinName(index.name);
  const include = index.include.map(rename.name);
  const columns = index.keys.map((key) => rename.name(key.column ?? ''));
  const part = { name: index.name, twin, made: names.has(twin), marks: found.marks };
  const more = {
    ...(include.length === 0 ? {} : { include }),
    ...(index.nullsNotDistinct ? { nullsNotDistinct: true } : {}),
  };
  if (kind === 'u') {
    const deferrable = found.deferrable ?? false;
    return { ...part, kind: 'unique', request: { columns, name: twin, deferrable, ...more } };
  }
  const request: IndexRequest = {
    columns: keys,
    name: twin,
    onlyByName: true,
    ...(index.unique ? { unique: true } : {}),
    ...(index.method === 'btree' ? {} : { method: index.method }),
    ...(where === undefined ? {} : { where }),
    ...(index.parameters.length === 0 ? {} : { with: parametersOf(index.parameters) }),
    ...more,
  };
  return kind === 'p'
    ? { ...part, kind: 'primary key', request, deferrable: found.deferrable ?? false }
    : { ...part, kind: 'index', request };
}

function parametersOf(parameters: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    parameters.map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]),
  );
}

function readCheck(found: FoundCheck, { from, to, names, say }: Reading): ColumnPart | null {
  const what = `check ${found.name}`;
  if (!found.valid || !found.enforced) return say(what, 'it is NOT VALID; validate it first, or drop it');
  if (found.noInherit) return say(what, 'it is NO INHERIT');
  const rename = renamer(from, to);
  const expression = rename.text(found.expression);
  if (rename.count() !== found.uses) return say(what, `its expression cannot be read with ${to} in place of ${from}`);
  const twin = twinName(found.name);
  return { kind: 'check', name: found.name, twin, made: names.has(twin), marks: found.marks, expression };
}

const ACTIONS: Readonly<Record<string, ReferentialAction>> = {
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
};

function readKey(found: FoundKey, { from, to, say }: Omit<Reading, 'names'>): ColumnPart | null {
  const what = `foreign key ${found.name} of ${found.on.schema}.${found.on.name}`;
  if (!found.valid || !found.enforced) return say(what, 'it is NOT VALID; validate it first, or drop it');
  if (found.some) return say(what, 'ON DELETE names some of its columns');
  if (found.period) return say(what, 'it is one of PERIOD');
  if (found.part) return say(what, 'it belongs to that of a partitioned table');
  if (found.incoming && found.outgoing) return say(what, 'the column refers to itself');
  const { name: renamed } = renamer(from, to);
  const { name, incoming, onDelete, onUpdate } = found;
  const twin = twinName(name);
  const key: ForeignKeyRequest = {
    columns: incoming ? found.columns : found.columns.map(renamed),
    references: { table: found.to, columns: incoming ? found.refcolumns.map(renamed) : found.refcolumns },
    name: twin,
    ...(onDelete === 'a' ? {} : { onDelete: ACTIONS[onDelete] as ReferentialAction }),
    ...(onUpdate === 'a' ? {} : { onUpdate: ACTIONS[onUpdate] as ReferentialAction }),
    ...(found.match === 'f' ? { match: 'full' } : {}),
    ...(found.deferrable === null ? {} : { deferrable: found.deferrable }),
  };
  return {
    kind: 'foreign key',
    name,
    twin,
    made: found.siblings?.includes(twin) === true,
    marks: found.marks,
    on: found.on,
    incoming,
    key,
  };
}

/** What an index or a constraint is called on the other column. */
export function twinName(name: string): string {
  return shortName(`${name}_shadow`);
}

interface Renamer {
  name(column: string): string;
  /** An expression as the server prints it. */
  text(expression: string): string;
  /** How often `text` has found the column. */
  count(): number;
}

function renamer(from: string, to: string): Renamer {
  let found = 0;
  return {
    name: (column) => (column === from ? to : column),
    text: (expression) => {
      const tokens = tokenize(expression) ?? [];
      let [text, at] = ['', 0];
      tokens.forEach((token, i) => {
        const [before, next] = [tokens[i - 1]?.value, tokens[i + 1]?.value];
        const named = (token.kind === 'word' || token.kind === 'ident') && token.value === from;
        if (!named || before === '.' || before === '::' || next === '(' || next === '.') return;
        text += expression.slice(at, token.start) + quoteIdent(to);
        at = token.end;
        found += 1;
      });
      return text + expression.slice(at);
    },
    count: () => found,
  };
}

/** Limits of the integer types: those of a sequence that are its type's own change with the type. */
const LIMITS: Readonly<Record<string, bigint>> = { smallint: 1n << 15n, integer: 1n << 31n, bigint: 1n << 63n };

interface FoundSequence extends Omit<StoredSequence, 'options'> {
  /** Numbers as text: bigint. */
  readonly start: string;
  readonly increment: string;
  readonly min: string;
  readonly max: string;
  readonly cache: string;
  readonly cycle: boolean;
  /** What takes numbers from it besides the column. */
  readonly users: readonly string[];
}

function readSequence(json: unknown): (StoredSequence & Pick<FoundSequence, 'users'>) | null {
  if (json === null || json === undefined) return null;
  const { name, type, comment, grants, users, ...found } = json as FoundSequence;
  const limit = LIMITS[type] ?? 0n;
  const down = found.increment.startsWith('-');
  const [min, max] = [String(down ? -limit : 1n), String(down ? -1n : limit - 1n)];
  const options = [
    `START WITH ${found.start}`,
    `INCREMENT BY ${found.increment}`,
    found.min === min ? '' : `MINVALUE ${found.min}`,
    found.max === max ? '' : `MAXVALUE ${found.max}`,
    `CACHE ${found.cache}`,
    found.cycle ? 'CYCLE' : '',
  ];
  return { name, type, options: options.filter((option) => option !== '').join(' '), comment, grants, users };
}

function list<T>(json: unknown): readonly T[] {
  return (json ?? []) as readonly T[];
}
