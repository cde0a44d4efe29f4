/**
 * safeConvertEnumToCheck: makes a column of an enum type one of text, with a check for the values.
 *
 * A check can lose a value without a new type, and takes two short locks to change. The change itself writes every row anew under
 * ACCESS EXCLUSIVE; by hand it fails on the default, and leaves a column that takes any text.
 */
import { type ColumnTies, NO_TIES, readTies, TIE_COLUMNS, TIE_JOINS } from '../catalog/column-ties.js';
import { defaultName } from '../catalog/generated-names.js';
import { lookAtColumn, remarkOn } from '../catalog/relation.js';
import { child, type Facts, list, type Operation, type Refusal, type SqlStep } from '../engine/operation.js';
import { literalValue } from '../expressions.js';
import { type ObjectName, printCall, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import { quoteIdent, quoteLiteral, sql, truncateName } from '../sql.js';
import { createCheckConstraint } from './create-check-constraint.js';

export interface ConvertEnumToCheckArguments {
  readonly table: ObjectName;
  readonly column: string;
  /** Needed only where the column is text already and the check is not there: nothing else tells the values then. */
  readonly values: readonly string[] | undefined;
}

interface ConvertEnumToCheckState {
  readonly type: 'enum' | 'text';
  /** Something has its name. */
  readonly check: 'absent' | 'present';
}

export interface ConvertEnumToCheckFacts extends Facts<ConvertEnumToCheckState> {
  readonly table: ObjectName;
  /** As the server prints it. */
  readonly type: string;
  readonly array: boolean;
  readonly labels: readonly string[];
  readonly default: string | null;
  readonly check: string;
  /** Expression of the check of that name; null when there is none. */
  readonly stored: string | null;
  readonly ties: ColumnTies;
  /** Checks and indexes that compare the column with values of the type, and foreign keys. */
  readonly bound: readonly string[];
  /** Partitions and inheriting tables. */
  readonly children: readonly ObjectName[];
  /** Those whose column has another default. */
  readonly otherDefaults: readonly string[];
}

const CLASS = sql`'pg_catalog.pg_class'::regclass`;

const BOUND = sql`
  left join lateral (select pg_catalog.json_agg(distinct pg_catalog.pg_describe_object(p.classid, p.objid, 0)) as bound
    from pg_catalog.pg_depend p where p.refclassid = ${CLASS} and p.refobjid = c.oid and p.refobjsubid = a.attnum
      and (p.classid = 'pg_catalog.pg_constraint'::regclass and exists (select 1 from pg_catalog.pg_constraint k where k.oid = p.objid and k.contype = 'f')
        or p.classid in ('pg_catalog.pg_constraint'::regclass, ${CLASS}, 'pg_catalog.pg_statistic_ext'::regclass)
          and exists (select 1 from pg_catalog.pg_depend e where e.classid = p.classid and e.objid = p.objid and e.objsubid = 0
            and e.refclassid = 'pg_catalog.pg_type'::regclass and e.refobjid in (el.oid, el.typarray)))) b on true`;

const CHILDREN = sql`
  left join lateral (
    with recursive tree as (select i.inhrelid as relid from pg_catalog.pg_inherits i where i.inhparent = c.oid
      union select i.inhrelid from pg_catalog.pg_inherits i join tree on i.inhparent = tree.relid)
    select pg_catalog.json_agg(pg_catalog.json_build_object('schema', n.nspname, 'name', r.relname) order by n.nspname, r.relname) as children,
      pg_catalog.json_agg(pg_catalog.pg_describe_object(${CLASS}, r.oid, 0) order by n.nspname, r.relname)
        filter (where pg_catalog.pg_get_expr(x.adbin, x.adrelid) is distinct from pg_catalog.pg_get_expr(own.adbin, own.adrelid)) as others
    from tree join pg_catalog.pg_class r on r.oid = tree.relid join pg_catalog.pg_namespace n on n.oid = r.relnamespace
    join pg_catalog.pg_attribute y on y.attrelid = r.oid and y.attname = a.attname
    left join pg_catalog.pg_attrdef x on x.adrelid = r.oid and x.adnum = y.attnum) h on true`;

export const convertEnumToCheck: Operation<ConvertEnumToCheckArguments, ConvertEnumToCheckFacts> = {
  name: 'safeConvertEnumToCheck',

  async inspect(reader, { table, column, values }) {
    const check = defaultName(truncateName(table.name), [truncateName(column)], 'check');
    const { row, name, missing, exists } = await lookAtColumn(reader, table, column, {
      columns: sql`pg_catalog.format_type(a.atttypid, a.atttypmod) as printed, el.typtype = 'e' as is_enum, ty.typcategory = 'A' as is_array,
        a.attgenerated <> '' as generated, pg_catalog.pg_get_expr(own.adbin, own.adrelid) as default_text,
        (select pg_catalog.json_agg(e.enumlabel order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = el.oid) as labels,
        (select coalesce(pg_catalog.pg_get_expr(k.conbin, k.conrelid), k.contype::text) from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.conname = ${check}::name) as stored,
        b.bound, h.children, h.others, ${TIE_COLUMNS}`,
      joins: sql`left join pg_catalog.pg_type ty on ty.oid = a.atttypid
        left join pg_catalog.pg_type el on el.oid = case when ty.typcategory = 'A' then ty.typelem else ty.oid end
        left join pg_catalog.pg_attrdef own on own.adrelid = c.oid and own.adnum = a.attnum ${TIE_JOINS} ${BOUND} ${CHILDREN}`,
    });
    const array = row['is_array'] === true;
    const stored = (row['stored'] ?? null) as string | null;
    const facts: ConvertEnumToCheckFacts = {
      target: `${printName(name)}.${column}`,
      state: { type: row['is_enum'] === true ? 'enum' : 'text', check: stored === null ? 'absent' : 'present' },
      begun: false,
      differences: [],
      missing,
      ...remarkOn(column),
      table: name,
      type: String(row['printed']),
      array,
      labels: (row['labels'] ?? []) as readonly string[],
      default: (row['default_text'] ?? null) as string | null,
      check,
      stored,
      ties: exists ? readTies(row) : NO_TIES,
      bound: (row['bound'] ?? []) as readonly string[],
      children: (row['children'] ?? []) as readonly ObjectName[],
      otherDefaults: (row['others'] ?? []) as readonly string[],
    };
    return exists ? { ...facts, differences: compare(facts, String(row['printed']), { column, values }) } : facts;
  },

  next(facts, args) {
    if (facts.state.type === 'enum') return refuse(facts, args) ?? convert(facts, args);
    if (facts.state.check === 'present' || args.values !== undefined) return null;
    return {
      refuse: `the column is text, and there is no check ${facts.check}: nothing tells which values it may hold.`,
      hint: `Name them:\n  await g.safeConvertEnumToCheck('${printName(facts.table)}', '${args.column}', { values: ['…'] });`,
    };
  },

  // What is text already gets its check while reads and writes go on; half-made ones are finished.
  children: ({ table, column, values }, facts) => {
    const expression = values === undefined ? facts.stored : membership(column, facts.array, values);
    const wanted = facts.state.type === 'text' && facts.missing.length === 0 && expression !== null;
    return {
      before: [],
      after: wanted ? [child(createCheckConstraint, { table, name: facts.check, expression })] : [],
    };
  },
};

function compare(
  facts: ConvertEnumToCheckFacts,
  printed: string,
  { column, values }: Omit<ConvertEnumToCheckArguments, 'table'>,
): readonly Difference[] {
  const { state, stored, labels, check } = facts;
  if (state.type === 'text') {
    if (printed !== 'text' && printed !== 'text[]')
      return [{ path: 'type', expected: 'enum', found: printed, proved: true }];
    if (stored === null || values !== undefined || isMembership(column, stored)) return [];
    return [{ path: `check ${check}`, expected: membership(column, facts.array, ['…']), found: stored, proved: true }];
  }
  const same = values === undefined || JSON.stringify([...values].sort()) === JSON.stringify([...labels].sort());
  return [
    ...(same ? [] : [{ path: 'values', expected: values.join(', '), found: labels.join(', '), proved: true }]),
    ...(stored === null
      ? []
      : [{ path: `check ${check}`, expected: 'a free name', found: `CHECK ${stored}`, proved: true }]),
  ];
}

function refuse(
  { ties, bound, otherDefaults, labels }: ConvertEnumToCheckFacts,
  { column }: ConvertEnumToCheckArguments,
): Refusal | null {
  if (ties.fixed !== null)
    return { refuse: ties.fixed, hint: 'Change the table that it comes from, or make a new one.' };
  const blocking = [...new Set([...ties.blocking, ...bound])].sort();
  if (blocking.length > 0)
    return {
      refuse: `the server does not change the type under what depends on it:\n${list(blocking)}`,
      hint: 'Drop them before, and make them again after it, in one migration: with texts instead of values of the type.',
      dependents: blocking,
    };
  if (otherDefaults.length > 0)
    return {
      refuse: `these have a default of their own for ${column}, which the change would take from them:\n${list(otherDefaults)}`,
      hint: 'Drop these defaults before, and set them again after it.',
      dependents: otherDefaults,
    };
  return labels.length > 0 ? null : { refuse: 'the type has no values.', hint: 'Add one first: safeAddEnumValue.' };
}

function convert(facts: ConvertEnumToCheckFacts, args: ConvertEnumToCheckArguments): SqlStep<ConvertEnumToCheckFacts> {
  const { table, array, labels, check } = facts;
  const on = `ALTER COLUMN ${quoteIdent(args.column)}`;
  const type = array ? 'text[]' : 'text';
  const byDefault = textDefault(facts.default, type);
  const clauses = [
    ...(byDefault === null ? [] : [`${on} DROP DEFAULT`]),
    `${on} TYPE ${type} USING ${quoteIdent(args.column)}::${type}`,
    ...(byDefault === null ? [] : [`${on} SET DEFAULT ${byDefault}`]),
    `ADD CONSTRAINT ${quoteIdent(check)} CHECK (${membership(args.column, array, labels)})`,
  ];
  return {
    kind: 'sql',
    id: 'convert',
    why: 'changes the column and its default, adds the check, and writes every row anew',
    sql: `ALTER TABLE ${quoteName(table)} ${clauses.join(', ')}`,
    locks: [table, ...facts.children].map((on_) => ({ on: on_, mode: 'AccessExclusiveLock', kind: 'table' })),
    work: { kind: 'rewrite', of: table },
    instead: recipe(facts, args),
    commit: 'own',
    after: () => ({ type: 'text', check: 'present' }),
  };
}

/** As the server prints it. In an array NULL is no element of anything, so it stands for a value that is allowed. */
function membership(column: string, array: boolean, values: readonly string[]): string {
  const texts = values.map((value) => `${literal(value)}::text`);
  const list_ = `ARRAY[${texts.join(', ')}]`;
  return array
    ? `array_replace(${quoteIdent(column)}, NULL::text, ${texts[0] ?? ''}) <@ ${list_}`
    : `${quoteIdent(column)} = ANY (${list_})`;
}

/** Is a stored check one on which values the column may hold, as this operation or `IN (…)` makes it? */
function isMembership(column: string, stored: string): boolean {
  const name = truncateName(column);
  return [name, quoteIdent(name)].some((printed) =>
    ['', 'array_replace('].some((head) =>
      [' = ', ' <@ ', ', '].some((tail) => stored.startsWith(`(${head}${printed}${tail}`)),
    ),
  );
}

/** A default that is nothing but a value becomes a text; any other keeps its words, and with them the type. */
function textDefault(expression: string | null, type: string): string | null {
  if (expression === null) return null;
  const value = literalValue(expression);
  return value === null ? `(${expression})::${type}` : literal(value);
}

const PHASES = ['safeFillColumn', 'safeSwapColumn', 'safeContractColumn'];

/** A second column takes its place by itself where one can; then only the check is lacking. */
function recipe(facts: ConvertEnumToCheckFacts, { column }: ConvertEnumToCheckArguments): string {
  const { table, array, labels, type, children } = facts;
  if (children.length > 0) return byHand(facts, column);
  const text = array ? 'text[]' : 'text';
  const ways = {
    ...(array ? { using: `${quoteIdent(column)}::text[]` } : {}),
    reverse: `${quoteIdent(column)}::${type}`,
  };
  const byDefault = textDefault(facts.default, text);
  return [
    'Let a second column take its place without downtime, each call in a migration of its own:',
    `  ${printCall('safeExpandColumn', table, column, text, ways)}`,
    ...PHASES.map((phase) => `  ${printCall(phase, table, column, text)}`),
    ...(byDefault === null ? [] : [`  ${printCall('safeSetDefault', table, column, byDefault)}`]),
    `  ${printCall('safeConvertEnumToCheck', table, column, { values: labels })}`,
    'The last one adds the check alone.',
  ].join('\n');
}

/** No column of a partitioned table, or of one with others below it, is kept in step by Holdfast. */
function byHand({ table, labels, array }: ConvertEnumToCheckFacts, column: string): string {
  const other = `${column}_text`;
  const text = array ? 'text[]' : 'text';
  const check = defaultName(table.name, [other], 'check');
  return [
    'Let a new column take its place, in migrations of their own:',
    `  ${printCall('safeAddColumn', table, other, text)}, and write both columns from the application or by a trigger`,
    `  await g.backfill('${printName(table)}', { set: { ${quoteIdent(other)}: sql\`${quoteIdent(column)}::${text}\` }, where: '${quoteIdent(other)} IS DISTINCT FROM ${quoteIdent(column)}::${text}' });`,
    `  ${printCall('safeCreateCheckConstraint', table, check, membership(other, array, labels))}`,
    `  read from ${other} only, then ${printCall('safeDropColumn', table, column)}`,
  ].join('\n');
}

function literal(value: string): string {
  return quoteLiteral(value).trim();
}
