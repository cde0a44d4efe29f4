/**
 * safeRemoveEnumValue: removes a value from an enum type.
 *
 * PostgreSQL has no DROP VALUE: another type takes the place of this one. By hand that is a chain of statements in which a default, a
 * check, a second table or a partial index is forgotten, and between the move of the rows and the change of the type writers put the
 * value back. Here all of it is one transaction, and rows change along with the type.
 */

import { type EnumColumn, type EnumRemake, NOT_USED, readEnumRemake } from '../catalog/enum-remake.js';
import { notAnEnum, readEnum } from '../catalog/enums.js';
import { forbidRows, rowsWhere, showRows } from '../data/violations.js';
import {
  CATALOG,
  type Facts,
  type Lock,
  list,
  type Operation,
  type ProbeStep,
  type Refusal,
  type SqlStep,
} from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { quoteIdent, quoteLiteral } from '../sql.js';
import { remakeType } from './remake-enum.js';

export interface RemoveEnumValueArguments {
  readonly type: ObjectName;
  readonly value: string;
  /** What rows get that hold the value: another value, or NULL; in arrays null takes the element out. Undefined: no row may hold it. */
  readonly replaceWith: string | null | undefined;
}

export interface RemoveEnumValueFacts extends Facts<{ readonly value: 'present' | 'absent' }> {
  readonly type: ObjectName;
  readonly labels: readonly string[];
  readonly remake: EnumRemake;
}

export const removeEnumValue: Operation<RemoveEnumValueArguments, RemoveEnumValueFacts> = {
  name: 'safeRemoveEnumValue',

  async inspect(reader, { type, value }) {
    const found = await readEnum(reader, type);
    const present = found.labels.includes(value);
    return {
      target: `${printName(found.name)}.${value}`,
      state: { value: present ? 'present' : 'absent' },
      begun: false,
      differences: notAnEnum(found),
      missing: found.kind === null ? [{ kind: 'type', name: printName(type) }] : [],
      type: found.name,
      labels: found.labels,
      remake: present ? await readEnumRemake(reader, found.name) : NOT_USED,
    };
  },

  next(facts, args) {
    if (facts.state.value === 'absent') return null;
    const refusal = refuse(facts, args);
    if (refusal !== null) return refusal;
    const probes = facts.remake.columns.filter((column) => mustBeFree(column, args));
    const open = probes.find((column) => !(facts.probed ?? []).includes(probeId(column)));
    return open === undefined ? rebuild(facts, args, probes) : probe(facts, args, open);
  },
};

function refuse(facts: RemoveEnumValueFacts, { value, replaceWith }: RemoveEnumValueArguments): Refusal | null {
  const { labels, remake } = facts;
  if (remake.blocking.length > 0)
    return {
      refuse: `another type must take its place, which PostgreSQL does not do under what depends on it:\n${list(remake.blocking)}`,
      hint: 'Drop them before, and make them again after it, in one migration.',
      dependents: remake.blocking,
    };
  if (typeof replaceWith === 'string' && !labels.includes(replaceWith))
    return {
      refuse: `there is no value '${replaceWith}' to replace it with.\nThe values: ${labels.join(', ')}`,
      hint: 'Name one of the values, or null.',
    };
  const named = [
    ...remake.columns
      .filter((column) => namesLabel(column.default, value))
      .map((column) => `default of ${printColumn(column)}: ${column.default}`),
    ...remake.expressions
      .filter((each) => namesLabel(each.definition, value))
      .map((each) => `${each.kind} ${each.name} on ${printName(each.table)}: ${each.definition}`),
  ];
  if (named.length === 0) return null;
  return {
    refuse: `these name the value:\n${list(named)}`,
    hint: 'Give them another value first: ALTER TABLE … ALTER COLUMN … SET DEFAULT …, or drop the check or index and make it again without the value.',
    dependents: named,
  };
}

/** Without a place to go for the value, no row may hold it. */
function mustBeFree(column: EnumColumn, { replaceWith }: RemoveEnumValueArguments): boolean {
  if (column.inherited && !column.notNull) return false;
  return replaceWith === undefined || (replaceWith === null && column.notNull && !column.array);
}

function probeId(column: EnumColumn): string {
  return `rows of ${printColumn(column)}`;
}

function probe(
  facts: RemoveEnumValueFacts,
  { value, replaceWith }: RemoveEnumValueArguments,
  column: EnumColumn,
): ProbeStep<RemoveEnumValueFacts> {
  const name = quoteIdent(column.column);
  // As text: a value that this transaction has added cannot be named otherwise.
  const condition = column.array ? `${literal(value)} = ANY (${name}::text[])` : `${name}::text = ${literal(value)}`;
  const query = rowsWhere(column.table, [], condition);
  const cure =
    replaceWith === null
      ? `${column.column} is NOT NULL: pass a value as replaceWith. `
      : "Say what they get instead: { replaceWith: 'another value' } or { replaceWith: null }. ";
  return {
    kind: 'probe',
    id: probeId(column),
    why: 'rows that hold the value are counted before anything is changed',
    sql: query,
    locks: [],
    work: CATALOG,
    judge: (connection) =>
      forbidRows(connection, query, {
        operation: removeEnumValue.name,
        target: facts.target,
        happened: `of ${printName(column.table)} with it in ${column.column}.`,
        hint: `${cure}${showRows(column.table, condition)}`,
      }),
    after: (state) => state,
  };
}

function rebuild(
  facts: RemoveEnumValueFacts,
  args: RemoveEnumValueArguments,
  probes: readonly EnumColumn[],
): SqlStep<RemoveEnumValueFacts> {
  const { type, remake } = facts;
  const tables = distinct(remake.columns.map((column) => column.table));
  const roots = distinct(remake.columns.filter((column) => !column.inherited).map((column) => column.table));
  const [first, ...also] = roots;
  const labels = facts.labels.filter((label) => label !== args.value);
  const [sql = '', ...more] = remakeType({ type, labels, remake, using: (column) => newValue(column, args) });
  return {
    kind: 'sql',
    id: 'rebuild',
    why:
      first === undefined
        ? 'no table uses the type: another takes its place'
        : 'a type without the value takes its place; every row of these tables is written anew',
    sql,
    more,
    locks: [
      ...tables.map((on): Lock => ({ on, mode: 'AccessExclusiveLock', kind: 'table' })),
      { on: type, mode: 'AccessExclusiveLock', kind: 'other', by: lockType(facts) },
    ],
    work: first === undefined ? CATALOG : { kind: 'rewrite', of: first, also },
    instead: recipe(facts, args),
    commit: 'own',
    after: () => ({ value: 'absent' }),
    explain: async (connection) => {
      for (const column of probes) await probe(facts, args, column).judge(connection);
      return undefined;
    },
  };
}

/**
 * Waits for whoever adds or renames a value at the same time: a value of theirs would be lost with the old type. The value is there, so
 * nothing is added; should it be gone by then, the neighbour that there never is makes the statement fail.
 */
function lockType({ type, labels }: RemoveEnumValueFacts): string {
  return `ALTER TYPE ${quoteName(type)} ADD VALUE IF NOT EXISTS ${literal(labels[0] ?? '')} BEFORE 'holdfast: there is no such value'`;
}

function newValue({ column, array }: EnumColumn, { value, replaceWith }: RemoveEnumValueArguments): string {
  const old = `${quoteIdent(column)}::text${array ? '[]' : ''}`;
  if (replaceWith === undefined) return old;
  if (array)
    return replaceWith === null
      ? `pg_catalog.array_remove(${old}, ${literal(value)})`
      : `pg_catalog.array_replace(${old}, ${literal(value)}, ${literal(replaceWith)})`;
  return replaceWith === null
    ? `nullif(${old}, ${literal(value)})`
    : `(CASE ${old} WHEN ${literal(value)} THEN ${literal(replaceWith)} ELSE ${old} END)`;
}

function recipe({ remake }: RemoveEnumValueFacts, { value, replaceWith }: RemoveEnumValueArguments): string {
  const lines = remake.columns
    .filter((column) => !column.inherited && !column.array)
    .flatMap(({ table, column }) => [
      `  await g.backfill('${printName(table)}', { set: { ${column}: ${replaceWith == null ? 'null' : `'${replaceWith}'`} }, where: { ${column}: '${value}' } });`,
      `  await g.safeCreateCheckConstraint('${printName(table)}', '${table.name}_${column}_values', "${column} <> '${value}'");`,
    ]);
  return ['Let the value stay in the type, and keep it out of the rows:', ...lines].join('\n');
}

/** Does a text that the server printed hold the label as a literal, or as an element of one? */
function namesLabel(text: string | null, label: string): boolean {
  if (text === null) return false;
  const arrays = [...text.matchAll(/'(\{(?:[^']|'')*\})'/g)].map(([, literals = '']) => literals.slice(1, -1));
  return text.includes(literal(label)) || arrays.some((elements) => elements.split(',').includes(label));
}

function distinct(names: readonly ObjectName[]): readonly ObjectName[] {
  return [...new Map(names.map((name) => [printName(name), name])).values()];
}

function printColumn({ table, column }: EnumColumn): string {
  return `${printName(table)}.${column}`;
}

function literal(value: string): string {
  return quoteLiteral(value).trim();
}
