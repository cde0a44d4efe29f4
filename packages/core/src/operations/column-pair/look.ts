/** What the phases of an expansion know of the database: one look for all of them. */
import { type ColumnTies, NO_TIES, readTies, TIE_COLUMNS, TIE_JOINS } from '../../catalog/column-ties.js';
import { type Grant, grantsOf, readGrants } from '../../catalog/grants.js';
import { lookAtColumn, primaryKeyColumns, rowKeyColumns } from '../../catalog/relation.js';
import type { TypeChange } from '../../catalog/type-change.js';
import {
  readTypeChange,
  readWantedType,
  readWayBack,
  typeChangeColumns,
  wayBackColumn,
} from '../../catalog/wanted-type.js';
import type { ColumnType } from '../../column-type.js';
import type { Facts, Parent } from '../../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../../names.js';
import type { Difference } from '../../outcome.js';
import type { Reader, Row } from '../../postgres/connection.js';
import { quoteIdent, type SqlFragment, sql, truncateName } from '../../sql.js';
import { functionState, laterTriggers, PAIRS, PROOFS, readPairs, type StoredPair } from './pair.js';
import { type ColumnParts, NO_PARTS, PART_COLUMNS, readParts, twinName } from './parts.js';

/** What a column is to become. */
export type Becoming =
  | { readonly kind: 'type'; readonly type: ColumnType }
  | { readonly kind: 'name'; readonly name: string };

export interface PairArguments {
  readonly table: ObjectName;
  /** As the server keeps it: what names the trigger and the checks must be the same in each phase. */
  readonly column: string;
  readonly to: Becoming;
}

interface PairState {
  /** It is what it is to become, whatever stands beside it. */
  readonly become: boolean;
  /** A trigger keeps the two columns in step. */
  readonly paired: boolean;
  /** The check that proves the two to be in step. */
  readonly inStep: 'no' | 'unvalidated' | 'validated';
}

export interface PairFacts extends Facts<PairState> {
  readonly table: ObjectName;
  /** The other column: the new name, or the shadow. */
  readonly partner: string;
  /** Null: no trigger keeps the two in step. */
  readonly pair: StoredPair | null;
  readonly change: TypeChange | null;
  readonly back: TypeChange | null;
  /** Checks that prove the two columns to be in step: more than one where the table had another name before. */
  readonly proofs: readonly string[];
  readonly parts: ColumnParts;
  readonly ties: ColumnTies;
  /** How the other column is made: type, collation, storage, statistics. */
  readonly making: Making;
  readonly partnerNotNull: boolean;
  /** The other column has the rights of this one. */
  readonly sameRights: boolean;
  /** Other pairs of the table, by their leading columns. */
  readonly otherPairs: readonly string[];
  /** The user's triggers that fire before the one of the pair. */
  readonly earlier: readonly string[];
  /** Name of the other column's NOT NULL constraint, 18 and later. */
  readonly partnerNotNullName: string | null;
  /** Foreign keys of other tables, or this one, that refer to the other column. */
  readonly partnerReferencedBy: readonly { readonly name: string; readonly on: ObjectName }[];
  /** Tables that the other column refers to. */
  readonly partnerRefersTo: readonly ObjectName[];
  /** Why no trigger can keep another column in step here. */
  readonly unfit: string | null;
  /** What holds the name of the trigger's function already. */
  readonly functionState: 'left over' | 'taken' | null;
  /** Triggers that would change a row after the one of the pair. */
  readonly later: readonly string[];
  /** The table's other columns. */
  readonly others: readonly { readonly name: string; readonly generated: boolean }[];
  readonly key: readonly string[];
  readonly rowKey: readonly string[];
  readonly hidden: boolean;
  readonly isolation: string;
}

interface Making {
  readonly type: string;
  /** COLLATE, where it is not that of the type. */
  readonly collation: string | null;
  readonly storage: string | null;
  /** COMPRESSION, where it was set: 14 and later. */
  readonly compression: string | null;
  readonly statistics: number | null;
  /** GENERATED ALWAYS AS (…). */
  readonly generated: boolean;
  /** A domain brings a default and checks of its own along. */
  readonly domain: boolean;
  /** `n_distinct=5` */
  readonly parameters: readonly string[];
  /** The table's owner, quoted where it must be. */
  readonly owner: string;
  /** Rights on the column alone. */
  readonly grants: readonly Grant[];
}

const NOTHING: Making = {
  type: '',
  collation: null,
  storage: null,
  compression: null,
  statistics: null,
  generated: false,
  domain: false,
  parameters: [],
  owner: '',
  grants: [],
};

/** The other column of an expansion. */
function partnerOf({ column, to }: Omit<PairArguments, 'table'>): string {
  return truncateName(to.kind === 'name' ? to.name : twinName(column));
}

const MAKING = sql`(select pg_catalog.json_build_object('type', pg_catalog.format_type(a.atttypid, a.atttypmod),
    'collation', (select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(o.collname) from pg_catalog.pg_collation o
      join pg_catalog.pg_namespace n on n.oid = o.collnamespace where o.oid = a.attcollation and o.oid <> t.typcollation),
    'storage', case when a.attstorage <> t.typstorage then case a.attstorage when 'p' then 'PLAIN' when 'e' then 'EXTERNAL' when 'm' then 'MAIN' else 'EXTENDED' end end,
    'compression', case pg_catalog.to_jsonb(a) ->> 'attcompression' when 'l' then 'lz4' when 'p' then 'pglz' end,
    'statistics', case when a.attstattarget >= 0 then a.attstattarget end,
    'parameters', coalesce((select pg_catalog.json_agg(o) from pg_catalog.unnest(a.attoptions) o where o like 'n_distinct%'), '[]'),
    'generated', a.attgenerated <> '', 'domain', t.typtype = 'd', 'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)))
  from pg_catalog.pg_type t where t.oid = a.atttypid)`;

const KEYS_OF_PARTNER = sql`(select pg_catalog.json_agg(pg_catalog.json_build_object('name', k.conname, 'incoming', k.confrelid = c.oid and b.attnum = any(k.confkey),
      'on', pg_catalog.json_build_object('schema', kn.nspname, 'name', kc.relname), 'to', pg_catalog.json_build_object('schema', rn.nspname, 'name', rc.relname)) order by k.oid)
    from pg_catalog.pg_constraint k join pg_catalog.pg_class kc on kc.oid = k.conrelid join pg_catalog.pg_namespace kn on kn.oid = kc.relnamespace
    join pg_catalog.pg_class rc on rc.oid = k.confrelid join pg_catalog.pg_namespace rn on rn.oid = rc.relnamespace
    where k.contype = 'f' and ((k.conrelid = c.oid and b.attnum = any(k.conkey)) or (k.confrelid = c.oid and b.attnum = any(k.confkey))))`;

/** Triggers that see, or change, what is written to the column before the one of a pair does. */
const EARLIER = sql`(select pg_catalog.json_agg(g.tgname order by g.tgname) from pg_catalog.pg_trigger g where g.tgrelid = c.oid and not g.tgisinternal and (g.tgtype & 3) = 3 and (g.tgtype & 20) > 0)`;

function columnsFor(to: Becoming, column: string, table: string): SqlFragment {
  const typed = to.kind === 'type' ? sql`${typeChangeColumns(to.type)}, ${wayBackColumn(to.type)},` : sql``;
  return sql`${typed} a.atttypid as type, a.atttypmod as modifier, b.attnum as partner, b.atttypid as partner_type, b.atttypmod as partner_modifier,
    pg_catalog.format_type(b.atttypid, b.atttypmod) as partner_printed, b.attnotnull as partner_not_null, ${grantsOf('c')} as grants, ${EARLIER} as earlier, ${PAIRS} as pairs, ${laterTriggers(column)} as later, ${functionState(table, truncateName(column))} as function_state, ${MAKING} as making, ${KEYS_OF_PARTNER} as partner_keys,
    (select k.conname from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.contype = 'n' and k.conkey[1] = b.attnum) as partner_not_null_name,
    ${PROOFS} as proofs,
    (select pg_catalog.json_agg(pg_catalog.json_build_object('name', o.attname, 'generated', o.attgenerated <> '') order by o.attnum) from pg_catalog.pg_attribute o
      where o.attrelid = c.oid and o.attnum > 0 and not o.attisdropped and o.attnum <> a.attnum) as others,
    exists (select from pg_catalog.pg_inherits h where c.oid in (h.inhparent, h.inhrelid)) as related, ${primaryKeyColumns('c')} as key, ${rowKeyColumns('c')} as row_key,
    pg_catalog.row_security_active(c.oid) as hidden, pg_catalog.current_setting('transaction_isolation') as isolation, ${TIE_COLUMNS}, ${PART_COLUMNS}`;
}

/** Looks at the column, the other one, and all that hangs on them. */
export async function lookAtPair(reader: Reader, { table, column, to }: PairArguments): Promise<PairFacts> {
  const partner = partnerOf({ column, to });
  const look = await lookAtColumn(reader, table, column, {
    columns: columnsFor(to, column, truncateName(table.name)),
    joins: sql`left join pg_catalog.pg_attribute b on b.attrelid = c.oid and b.attname = ${partner}::name and b.attnum > 0 and not b.attisdropped ${TIE_JOINS}`,
  });
  const { row, relation, name, answer, exists } = look;
  const own = truncateName(column);
  const pairs = readPairs(row['pairs']);
  const members = new Set([own, partner]);
  const pair = pairs.find((p) => p.kind === to.kind && members.has(p.leading) && members.has(p.following)) ?? null;
  const hasPartner = typeof row['partner'] === 'number';
  const wanted = to.kind === 'type' ? readWantedType(to.type, answer) : null;
  const isType = (prefix: string): boolean =>
    wanted !== null && row[`${prefix}type`] === wanted.oid && row[`${prefix}modifier`] === wanted.modifier;
  const become = to.kind === 'type' ? exists && isType('') : hasPartner && !exists;
  const keys = (row['partner_keys'] ?? []) as readonly {
    name: string;
    incoming: boolean;
    on: ObjectName;
    to: ObjectName;
  }[];
  const change = to.kind === 'type' && exists ? readTypeChange(to.type, answer) : null;
  const printed = String(row['partner_printed']);
  const grants = { own: grantsOn(row, own), partner: grantsOn(row, partner) };
  const proofs = (row['proofs'] ?? []) as readonly { name: string; valid: boolean }[];
  const missing =
    become || (exists && (to.kind === 'name' || wanted !== null)) ? [] : missingOf(to, look, wanted !== null);
  return {
    target: `${printName(name)}.${own} to ${to.kind === 'type' ? to.type.text : partner}`,
    state: {
      become,
      paired: pair !== null,
      inStep: proofs.length === 0 ? 'no' : proofs.some((each) => each.valid) ? 'validated' : 'unvalidated',
    },
    begun: false,
    differences: become
      ? []
      : compare({ pair, hasPartner, partner, printed, fits: to.kind === 'name' || isType('partner_') }),
    missing,
    ...(pair === null || pair.intact
      ? {}
      : {
          advice: `Let it fire again, or call the change off by hand (DROP TRIGGER, DROP FUNCTION, DROP COLUMN ${partner}):\n  ALTER TABLE ${quoteName(name)} ENABLE TRIGGER ${quoteIdent(pair.trigger)};`,
        }),
    table: name,
    partner,
    pair,
    change,
    back: change === null ? null : readWayBack(change, row),
    proofs: proofs.map((each) => each.name),
    parts: exists ? readParts(row, own, partner) : NO_PARTS,
    ties: relation === null ? NO_TIES : readTies(row),
    making: { ...((row['making'] ?? NOTHING) as Making), grants: grants.own },
    partnerNotNull: row['partner_not_null'] === true,
    sameRights: JSON.stringify(grants.own) === JSON.stringify(grants.partner),
    otherPairs: pairs.filter((each) => each !== pair).map((each) => each.leading),
    earlier: ((row['earlier'] ?? []) as readonly string[]).filter((each) => !pairs.some((p) => p.trigger === each)),
    partnerNotNullName: (row['partner_not_null_name'] ?? null) as string | null,
    partnerReferencedBy: keys.filter((key) => key.incoming).map((key) => ({ name: key.name, on: key.on })),
    partnerRefersTo: keys.filter((key) => !key.incoming).map((key) => key.to),
    unfit:
      relation?.kind === 'p' || row['related'] === true
        ? 'it is partitioned, a partition, or inherits from another table or another one from it'
        : null,
    functionState: (row['function_state'] ?? null) as PairFacts['functionState'],
    later: (row['later'] ?? []) as readonly string[],
    others: (row['others'] ?? []) as PairFacts['others'],
    key: (row['key'] ?? []) as readonly string[],
    rowKey: (row['row_key'] ?? []) as readonly string[],
    hidden: row['hidden'] === true,
    isolation: String(row['isolation']),
  };
}

/** Rights on one column alone, without its name. */
function grantsOn(row: Row, column: string): readonly Grant[] {
  return readGrants(row, 'grants')
    .filter((grant) => grant.column === column)
    .map((grant) => ({ ...grant, column: null }));
}

function missingOf(to: Becoming, look: Awaited<ReturnType<typeof lookAtColumn>>, typed: boolean): readonly Parent[] {
  const type: readonly Parent[] =
    to.kind === 'type' && !typed && look.relation !== null ? [{ kind: 'type', name: to.type.text }] : [];
  return [...look.missing, ...type];
}

function compare(found: {
  readonly pair: StoredPair | null;
  readonly hasPartner: boolean;
  readonly partner: string;
  readonly printed: string;
  readonly fits: boolean;
}): readonly Difference[] {
  const { pair, hasPartner, partner, printed, fits } = found;
  if (pair !== null && !pair.intact)
    return [
      {
        path: `trigger ${pair.trigger}`,
        expected: 'as Holdfast has made it, enabled',
        found: 'changed or disabled',
        proved: true,
      },
    ];
  if (pair !== null && !fits)
    return [{ path: `type of ${partner}`, expected: 'the new one', found: printed, proved: true }];
  if (pair === null && hasPartner)
    return [
      {
        path: 'columns',
        expected: `no column ${partner} yet`,
        found: `${partner} ${printed}, which no trigger keeps in step`,
        proved: true,
      },
    ];
  return [];
}

/** What an operation that goes on with an expansion lacks where none was begun. */
export function expansionMissing({ state, table, partner, missing, differences }: PairFacts): readonly Parent[] {
  if (missing.length > 0 || differences.length > 0 || state.become || state.paired) return missing;
  return [{ kind: 'column', name: `${printName(table)}.${partner}` }];
}
