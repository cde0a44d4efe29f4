/**
 * safeChangeColumn: brings a column to a definition, in place.
 *
 * TypeORM's own changeColumn drops the column and adds it anew, and its values are gone; Knex sends up to five statements for what is
 * one. ALTER TYPE keeps the values, but it writes every row anew under ACCESS EXCLUSIVE unless the new type holds the same bytes; it
 * rounds what does not fit, and reads local times in whatever time zone the session has.
 */

import { type ColumnTies, NO_TIES, readTies, TIE_COLUMNS, TIE_JOINS } from '../catalog/column-ties.js';
import { overwrites } from '../catalog/column-value.js';
import { lookAtColumn, primaryKeyColumns } from '../catalog/relation.js';
import {
  dependsOnTimeZone,
  keepsOperators,
  labelCondition,
  lossCondition,
  needsUsing,
  rewritesRows,
  type TypeChange,
} from '../catalog/type-change.js';
import { readTypeChange, typeChangeColumns } from '../catalog/wanted-type.js';
import type { ColumnDefinition } from '../column-definition.js';
import { refuseUncounted } from '../data/validation.js';
import { forbidRows, rowsWhere, showRows } from '../data/violations.js';
import {
  CATALOG,
  type Child,
  child,
  type Facts,
  type Operation,
  type ProbeStep,
  type Refusal,
  type SqlStep,
  type Work,
} from '../engine/operation.js';
import { embed } from '../expressions.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { quoteIdent, quoteLiteral, sql } from '../sql.js';
import { type AddColumnFacts, addColumn } from './add-column.js';
import { setNotNull } from './set-not-null.js';

export interface ChangeColumnArguments {
  readonly table: ObjectName;
  readonly column: string;
  readonly definition: ColumnDefinition;
  /** SQL expression for the new value of each row. It vouches for what it rounds or cuts. */
  readonly using: string | undefined;
  /** Labels of an enum type that is made along with the change. */
  readonly labels: readonly string[] | undefined;
  readonly before: readonly Child[];
  readonly after: readonly Child[];
}

export interface ChangeColumnFacts extends Facts<{ readonly pending: readonly string[] }> {
  readonly table: ObjectName;
  /** The comparison of safeAddColumn: what differs, and by how much. */
  readonly compared: AddColumnFacts;
  /** Null when the type stays. */
  readonly change: TypeChange | null;
  /** The new type is an enum with these labels. */
  readonly labels: readonly string[] | null;
  readonly key: readonly string[];
  readonly ties: ColumnTies;
  /** Row level security hides rows from the role, so that it cannot count them. */
  readonly hidden: boolean;
  /** `read committed`; any other does not see what was committed since the transaction began. */
  readonly isolation: string;
  /** The server can say which texts a type does not take (`pg_input_is_valid`, 16 and later). */
  readonly judgesInput: boolean;
}

export const changeColumn: Operation<ChangeColumnArguments, ChangeColumnFacts> = {
  name: 'safeChangeColumn',

  async inspect(reader, { table, column, definition, labels }) {
    const compared = await addColumn.inspect(reader, { table, column, definition, before: [], after: [] });
    const paths = compared.differences.map((d) => d.path);
    const base: ChangeColumnFacts = {
      target: compared.target,
      state: { pending: pendingOf(compared, definition) },
      begun: false,
      differences: [],
      missing: compared.missing,
      ...(compared.differences.some((d) => !d.proved) ? { alike: ['default'] } : {}),
      table: compared.table,
      compared,
      ...UNTOUCHED,
    };
    if (compared.missing.some((parent) => parent.kind === 'table')) return base;
    if (compared.state.column === 'absent')
      return { ...base, missing: [...compared.missing, { kind: 'column', name: compared.target }] };
    if (paths.length === 0 && compared.missing.length === 0) return base;
    const look = await lookAtColumn(reader, table, column, {
      columns: sql`${typeChangeColumns(definition.type)}, ${primaryKeyColumns('c')} as key, pg_catalog.row_security_active(c.oid) as hidden,
        pg_catalog.current_setting('transaction_isolation') as isolation, ${TIE_COLUMNS}`,
      joins: TIE_JOINS,
    });
    const { row } = look;
    const change =
      paths.includes('type') || compared.missing.length > 0 ? readTypeChange(definition.type, look.answer) : null;
    const found = (row['labels'] ?? labels ?? null) as readonly string[] | null;
    const ties = readTies(row);
    const wider = change?.to.name === 'int8' && ties.narrowSequence !== null;
    return {
      ...base,
      state: { pending: [...base.state.pending, ...(wider ? ['sequence'] : [])] },
      change,
      labels: found,
      key: (row['key'] ?? []) as readonly string[],
      ties,
      hidden: row['hidden'] === true,
      isolation: String(row['isolation']),
      judgesInput: Number(row['version']) >= 160000,
    };
  },

  next(facts, args) {
    const { pending } = facts.state;
    if (pending.length === 0) return null;
    const refusal = refuse(facts, args);
    if (refusal !== null) return refusal;
    const probed = facts.probed ?? [];
    const loss = args.using === undefined ? lossOf(facts, args) : null;
    if (loss !== null && (facts.hidden || facts.isolation !== 'read committed')) return refuseUncounted(facts);
    if (loss !== null && !probed.includes('loss')) return probeRows(facts, args, 'loss', loss);
    if (wantsNotNull(facts, args) && !probed.includes('nulls')) return probeNulls(facts, args);
    return pending.includes('sequence') ? widenSequence(facts) : alter(facts, args);
  },

  // Also where it is NOT NULL already: the helper check of a run that was cut off may be left.
  children: ({ table, column, before, after, definition }) => ({
    before,
    after: [...(definition.notNull ? [child(setNotNull, { table, column })] : []), ...after],
  }),

  async prove(connection, facts, { table, column, definition }) {
    const prove = addColumn.prove as NonNullable<typeof addColumn.prove>;
    const compared = await prove(connection, facts.compared, { table, column, definition, before: [], after: [] });
    return { ...facts, compared, state: { pending: pendingOf(compared, definition) } };
  },
};

const UNTOUCHED = {
  change: null,
  labels: null,
  key: [],
  ties: NO_TIES,
  hidden: false,
  isolation: 'read committed',
  judgesInput: false,
} as const;

/** What the own statement has to bring about: SET NOT NULL is a child's. */
function pendingOf({ differences }: AddColumnFacts, { notNull, identity }: ColumnDefinition): readonly string[] {
  const paths = [...new Set(differences.map((d) => d.path))];
  return paths.filter((path) => path !== 'nullability' || !(notNull || identity !== undefined)).sort();
}

function wantsNotNull(
  { compared }: Pick<ChangeColumnFacts, 'compared'>,
  { definition }: Pick<ChangeColumnArguments, 'definition'>,
): boolean {
  return definition.notNull && compared.differences.some((d) => d.path === 'nullability');
}

function refuse(facts: ChangeColumnFacts, args: ChangeColumnArguments): Refusal | null {
  const { pending } = facts.state;
  const { compared, change, ties } = facts;
  const typed = pending.includes('type') || pending.includes('collation');
  if (ties.fixed !== null)
    return { refuse: ties.fixed, hint: 'Change the table that it comes from, or make a new one.' };
  const other = compared.differences.find(
    (d) => !(CHANGEABLE.has(d.path) || isIdentityMode(d)) || (d.path === 'default' && args.definition.type.serial),
  );
  if (other !== undefined)
    return {
      refuse: `its ${other.path} cannot be changed in place: expected ${other.expected}, found ${other.found}.`,
      hint: recipe(facts, args),
    };
  if (typed && ties.blocking.length > 0)
    return {
      refuse: `the server does not change the type under what depends on it:\n${ties.blocking.map((name) => `  ${name}`).join('\n')}`,
      hint: 'Drop them before, and make them again after it, in one migration.',
      dependents: ties.blocking,
    };
  if (change === null || args.using !== undefined || auto(facts) !== null) return null;
  if (dependsOnTimeZone(change))
    return {
      refuse: `from ${change.from.printed} to ${change.to.printed} the values would be read in the time zone that the session happens to have (TimeZone).`,
      hint: `Say which one is meant:\n  { using: "${args.column} AT TIME ZONE 'UTC'" }`,
    };
  return needsUsing(change, lossOf(facts, args))
    ? {
        refuse: `PostgreSQL has no cast from ${change.from.printed} to ${change.to.printed} that keeps every value by itself.`,
        hint: `Say how the values become the new ones, for example:\n  { using: '${args.column}::${change.to.printed}' }`,
      }
    : null;
}

const CHANGEABLE: ReadonlySet<string> = new Set([
  'type',
  'nullability',
  'collation',
  'storage',
  'compression',
  'default',
]);

/** ALWAYS to BY DEFAULT and back, identity to none. A new identity would begin below the rows that are there. */
function isIdentityMode({ path, found }: { readonly path: string; readonly found: string }): boolean {
  return path === 'identity' && found !== 'none';
}

/** What we can say ourselves: to an enum by the label. */
function auto({ change, labels }: ChangeColumnFacts): string | null {
  if (change === null || labels === null) return null;
  return change.from.kind === 'e' || change.from.category === 'S' ? 'text' : null;
}

function lossOf(facts: ChangeColumnFacts, { column }: ChangeColumnArguments): string | null {
  const { change, labels } = facts;
  // Where no row is written anew, every value is the same as before.
  if (change === null || !rewritesRows(change)) return null;
  return auto(facts) !== null && labels !== null ? labelCondition(column, labels) : lossCondition(change, column);
}

function probeRows(
  facts: ChangeColumnFacts,
  args: ChangeColumnArguments,
  id: 'loss' | 'unreadable',
  condition: string,
): ProbeStep<ChangeColumnFacts> {
  const { change, table } = facts;
  const to = change?.to.printed ?? '';
  return probe(facts, {
    id,
    why: 'rows that the new type would refuse, cut or round are counted before anything is changed',
    condition: `${quoteIdent(args.column)} IS NOT NULL AND (${condition})`,
    shown: [...facts.key, args.column],
    happened: `whose ${args.column} does not fit into ${to}.`,
    hint: `${showRows(table, condition)}\nOr say how they become the new values:\n  { using: '…' }`,
  });
}

function probeNulls(facts: ChangeColumnFacts, { column }: ChangeColumnArguments): ProbeStep<ChangeColumnFacts> {
  const condition = `${quoteIdent(column)} IS NULL`;
  return probe(facts, {
    id: 'nulls',
    why: 'rows without a value are counted before anything is changed',
    condition,
    shown: facts.key,
    happened: `with NULL in ${column}, which is to be NOT NULL.`,
    hint: `${showRows(facts.table, condition)}`,
  });
}

function probe(
  facts: ChangeColumnFacts,
  asked: {
    readonly id: string;
    readonly why: string;
    readonly condition: string;
    readonly shown: readonly string[];
    readonly happened: string;
    readonly hint: string;
  },
): ProbeStep<ChangeColumnFacts> {
  const query = rowsWhere(facts.table, [...new Set(asked.shown)], asked.condition);
  return {
    kind: 'probe',
    id: asked.id,
    why: asked.why,
    sql: query,
    locks: [],
    work: CATALOG,
    judge: (connection) =>
      forbidRows(connection, query, {
        operation: changeColumn.name,
        target: facts.target,
        happened: asked.happened,
        hint: asked.hint,
      }),
    after: (state) => state,
  };
}

/** Before the column, so that a crash between the two leaves something to do. */
function widenSequence(facts: ChangeColumnFacts): SqlStep<ChangeColumnFacts> {
  const sequence = facts.ties.narrowSequence as ObjectName;
  return {
    kind: 'sql',
    id: 'widen sequence',
    why: 'the numbers of the sequence must not end before those of the column',
    sql: `ALTER SEQUENCE ${quoteName(sequence)} AS bigint`,
    locks: [{ on: sequence, mode: 'ShareRowExclusiveLock', kind: 'other' }],
    work: CATALOG,
    commit: 'own',
    after: ({ pending }) => ({ pending: pending.filter((path) => path !== 'sequence') }),
  };
}

function alter(facts: ChangeColumnFacts, args: ChangeColumnArguments): SqlStep<ChangeColumnFacts> {
  const work = workOf(facts, args);
  const locked = facts.state.pending.includes('type') ? [facts.table, ...facts.ties.partners] : [facts.table];
  const sequence = losesSequence(facts, args);
  const loss = args.using === undefined ? lossOf(facts, args) : null;
  return {
    kind: 'sql',
    id: 'change',
    why:
      work.kind === 'rewrite'
        ? 'changes the column and writes every row anew'
        : work.kind === 'scan'
          ? 'changes the column; its indexes and constraints are checked anew'
          : 'changes the catalog; rows keep their bytes',
    sql: `ALTER TABLE ${quoteName(facts.table)} ${clauses(facts, args).join(', ')}`,
    locks: locked.map((on) => ({ on, mode: 'AccessExclusiveLock', kind: 'table' })),
    work,
    instead: recipe(facts, args),
    ...(writesDefault(facts, args) ? overwrites(facts.ties.ownDefaults) : {}),
    ...(sequence === null ? {} : { risk: sequence }),
    commit: 'own',
    after: () => ({ pending: [] }),
    // Rows that came in since they were counted.
    ...(loss === null ? {} : { underLock: (connection) => probeRows(facts, args, 'loss', loss).judge(connection) }),
    explain: async (connection) => {
      const { change } = facts;
      if (change === null || change.from.category !== 'S' || !facts.judgesInput) return undefined;
      const type = quoteLiteral(change.to.printed).trim();
      const condition = `NOT pg_catalog.pg_input_is_valid(${quoteIdent(args.column)}::text, ${type})`;
      return probeRows(facts, args, 'unreadable', condition).judge(connection);
    },
  };
}

function workOf({ change, table, ties, state }: ChangeColumnFacts, { using }: ChangeColumnArguments): Work {
  if (change !== null && (using !== undefined || rewritesRows(change))) return { kind: 'rewrite', of: table };
  const { indexed, checked, partners } = ties;
  const operators = change === null || keepsOperators(change);
  const typed = change !== null || state.pending.includes('collation');
  const again = (indexed && (!operators || state.pending.includes('collation'))) || (partners.length > 0 && !operators);
  return typed && (again || checked) ? { kind: 'scan', of: table } : CATALOG;
}

/** An equal default is set anew, in its own words; that of a serial, which has none of its own, the server takes along. */
function writesDefault(
  { state, change }: ChangeColumnFacts,
  { definition }: Pick<ChangeColumnArguments, 'definition'>,
): boolean {
  const other = change !== null && change.from.oid !== change.to.oid;
  return state.pending.includes('default') || (definition.default !== undefined && other);
}

/** All in one statement. A default is taken away before the type changes, since it may have no cast to the new one. */
function clauses(facts: ChangeColumnFacts, { column, definition, using }: ChangeColumnArguments): readonly string[] {
  const { compared, state } = facts;
  const on = `ALTER COLUMN ${quoteIdent(column)}`;
  const has = (path: string): boolean => state.pending.includes(path);
  const stored = compared.stored?.expression ?? null;
  const anew = writesDefault(facts, { definition });
  const by = using ?? (auto(facts) === null ? undefined : `${quoteIdent(column)}::text::${definition.type.text}`);
  const type = `TYPE ${definition.type.text}${definition.collation === undefined ? '' : ` COLLATE ${definition.collation}`}`;
  const identity = definition.identity;
  return [
    anew && stored !== null ? `${on} DROP DEFAULT` : '',
    has('type') || has('collation') ? `${on} ${type}${by === undefined ? '' : ` USING ${embed(by)}`}` : '',
    anew && definition.default !== undefined ? `${on} SET DEFAULT ${embed(definition.default)}` : '',
    has('nullability') ? `${on} DROP NOT NULL` : '',
    has('storage') ? `${on} SET STORAGE ${definition.storage}` : '',
    has('compression') ? `${on} SET COMPRESSION ${definition.compression}` : '',
    has('identity')
      ? `${on} ${identity === undefined ? 'DROP IDENTITY' : `SET GENERATED ${identity.always ? 'ALWAYS' : 'BY DEFAULT'}`}`
      : '',
  ].filter((clause) => clause !== '');
}

function losesSequence(
  { compared, state }: ChangeColumnFacts,
  { definition, column }: ChangeColumnArguments,
): Refusal | null {
  const stored = compared.stored?.expression ?? '';
  if (definition.type.serial || !state.pending.includes('default') || !stored.includes('nextval(')) return null;
  return {
    refuse: `the definition has no default, and the one that is there draws from a sequence: ${stored}. New rows would get no number.`,
    hint: `Keep it: write the definition of ${column} as bigserial or with its default.`,
  };
}

function recipe({ table }: ChangeColumnFacts, { column, definition }: ChangeColumnArguments): string {
  const name = printName(table);
  const other = `${column}_new`;
  return [
    'Let a new column take its place, in migrations of their own:',
    `  1. safeAddColumn('${name}', '${other}', '${definition.type.text}'), and write both columns from the application or by a trigger`,
    `  2. backfill('${name}', { set: { ${other}: sql\`…\` }, where: … })`,
    `  3. read from ${other} only, then safeDropColumn('${name}', '${column}')`,
  ].join('\n');
}
