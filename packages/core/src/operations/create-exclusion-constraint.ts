/**
 * safeCreateExclusionConstraint: adds an exclusion constraint (no two bookings of a room at the same time).
 *
 * There is no form that lets others go on: ADD … EXCLUDE builds its index under ACCESS EXCLUSIVE, NOT VALID and USING INDEX do not exist
 * for it (manual: ALTER TABLE). So it is refused on a large table, and rows that conflict are looked for before.
 */
import { type Canon, SHADOW, sameCanonicalForm } from '../catalog/canonical.js';
import { constraintKind } from '../catalog/constraints.js';
import type { StoredIndex } from '../catalog/indexes.js';
import {
  type Deferrable,
  deferral,
  keyColumns,
  keyJoins,
  missingColumns,
  printDeferral,
  readKeys,
  refuseTaken,
  type StoredConstraint,
  wantedDeferral,
} from '../catalog/keys.js';
import { lookAtTable, primaryKeyColumns, remarkOn } from '../catalog/relation.js';
import { type ConflictKey, type Conflicts, probeConflicts } from '../data/conflicts.js';
import type { Facts, Operation, Refusal, SqlStep } from '../engine/operation.js';
import { embed } from '../expressions.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import { quoteIdent, sql, truncateName } from '../sql.js';
import { compareIndex } from './create-index/compare.js';
import type { IndexRequest } from './create-index.js';

/** What must not be alike in two rows: a column or an expression, and the operator by which two of its values conflict. */
export type ExclusionElement = {
  /** Operator, `&&` or with its schema `public.&&`. It must be commutative. */
  readonly with: string;
  readonly opclass?: string;
} & (
  | { readonly column: string; readonly expression?: never }
  | { readonly expression: string; readonly column?: never }
);

export interface ExclusionOptions {
  /** Two rows conflict when all of them do. */
  readonly elements: readonly ExclusionElement[];
  /** Access method of its index. Default `gist`. */
  readonly method?: string;
  /** Only rows for which it is true can conflict, as SQL. */
  readonly where?: string;
  /** `true` or `'immediate'`: DEFERRABLE; `'deferred'`: DEFERRABLE INITIALLY DEFERRED. Default `false`. */
  readonly deferrable?: Deferrable;
}

export interface ExclusionRequest extends ExclusionOptions {
  /** What stands behind EXCLUDE, `USING gist (…) WHERE (…)`, word for word. It goes before all other options but `deferrable`. */
  readonly verbatim?: string;
}

export interface CreateExclusionConstraintArguments {
  readonly table: ObjectName;
  readonly name: string;
  readonly exclusion: ExclusionRequest;
}

export interface CreateExclusionConstraintFacts extends Facts<{ readonly constraint: 'absent' | 'present' }> {
  readonly table: ObjectName;
  readonly primaryKey: readonly string[];
  /** Other tables inherit from it, and are not part of it as partitions are. */
  readonly ownRowsOnly: boolean;
  /** Why there can be no such constraint. */
  readonly obstacle: Refusal | null;
  /** As the server prints what stands there, without the word EXCLUDE. */
  readonly stored: string | null;
}

export const createExclusionConstraint: Operation<CreateExclusionConstraintArguments, CreateExclusionConstraintFacts> =
  {
    name: 'safeCreateExclusionConstraint',

    async inspect(reader, { table, name, exclusion }) {
      const { elements, method = 'gist' } = exclusion;
      const columns = elements.map(({ column }) => column).filter((column) => column !== undefined);
      const look = await lookAtTable(reader, table, {
        columns: sql`${keyColumns(name)}, ${primaryKeyColumns('c')} as primary_key,
        (select pg_catalog.pg_get_constraintdef(k.oid) from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.conname = ${name}::name and k.contype = 'x') as stored`,
        joins: keyJoins(columns, method),
      });
      const { row, relation, name: resolved } = look;
      const keys = readKeys(row);
      const found = keys.constraints.find((k) => k.name === truncateName(name));
      const stored = typeof row['stored'] === 'string' ? row['stored'].replace(/^EXCLUDE /, '') : null;
      const unfit = elements.find(
        (e) => e.opclass === undefined && keys.columns.some((c) => c.name === truncateName(e.column ?? '') && !c.fits),
      );
      return {
        target: `${printName(resolved)}.${truncateName(name)}`,
        state: { constraint: found === undefined ? 'absent' : 'present' },
        begun: false,
        differences: found === undefined ? [] : compare(exclusion, found, keys.indexOf(found.name), stored),
        missing: missingColumns(look, keys, columns),
        ...remarkOn(name),
        table: resolved,
        primaryKey: (row['primary_key'] ?? []) as readonly string[],
        ownRowsOnly: keys.hasChildren && relation?.kind === 'r',
        obstacle:
          refuseTaken(name, keys.taken) ??
          (relation?.kind === 'p' && Number(row['version']) < 170000 ? NO_PARTITIONS : null) ??
          (unfit?.column === undefined ? null : refuseOpclass(unfit.column, method, keys.columns)),
        stored,
      };
    },

    next(facts, { exclusion, name }) {
      if (facts.state.constraint === 'present') return null;
      if (facts.obstacle !== null) return facts.obstacle;
      // A text that is taken word for word does not tell its operators: the server finds the conflicts itself.
      if (exclusion.verbatim === undefined && !(facts.probed ?? []).includes('conflicts'))
        return probeConflicts(rowsOf(facts, exclusion));
      return add(facts, name, exclusion);
    },

    async prove(connection, facts, { exclusion }) {
      const texts = { wanted: printExclusion(exclusion), stored: facts.stored ?? '' };
      return (await sameCanonicalForm(connection, facts.table, CANON, texts)) ? { ...facts, differences: [] } : facts;
    },
  };

const CANON: Canon = {
  put: (name, text) => `ALTER TABLE ${SHADOW} ADD CONSTRAINT ${name} EXCLUDE ${text}`,
  read: `SELECT conname AS name, substr(pg_catalog.pg_get_constraintdef(oid), 9) AS text FROM pg_catalog.pg_constraint WHERE conrelid = '${SHADOW}'::regclass AND contype = 'x'`,
};

function add(
  facts: CreateExclusionConstraintFacts,
  name: string,
  exclusion: ExclusionRequest,
): SqlStep<CreateExclusionConstraintFacts> {
  return {
    kind: 'sql',
    id: 'add',
    why: 'builds its index while readers and writers wait: there is no other form',
    sql: `ALTER TABLE ${quoteName(facts.table)} ADD CONSTRAINT ${quoteIdent(name)} EXCLUDE ${printExclusion(exclusion)}`,
    locks: [{ on: facts.table, mode: 'AccessExclusiveLock', kind: 'table' }],
    work: { kind: 'scan', of: facts.table },
    instead:
      'No form of it lets others go on. Make it while nobody works, or on a new table: create that with the constraint, copy the rows in batches, rename.',
    commit: 'own',
    after: () => ({ constraint: 'present' }),
    ...(exclusion.verbatim === undefined
      ? {
          explain: (connection) => probeConflicts(rowsOf(facts, exclusion)).judge(connection),
        }
      : {}),
  };
}

function printExclusion({ elements, method = 'gist', where, deferrable, verbatim }: ExclusionRequest): string {
  if (verbatim !== undefined) return `${embed(verbatim)}${printDeferral(deferrable)}`;
  const keys = elements.map((element) => {
    const key = element.column === undefined ? `(${embed(element.expression)})` : quoteIdent(element.column);
    const opclass = element.opclass === undefined ? '' : ` ${element.opclass.split('.').map(quoteIdent).join('.')}`;
    return `${key}${opclass} WITH ${printOperator(element.with)}`;
  });
  const predicate = where === undefined ? '' : ` WHERE (${embed(where)})`;
  return `USING ${quoteIdent(method)} (${keys.join(', ')})${predicate}${printDeferral(deferrable)}`;
}

function rowsOf(facts: CreateExclusionConstraintFacts, { elements, where }: ExclusionRequest): Conflicts {
  const { target, table, primaryKey, ownRowsOnly } = facts;
  const keys = elements.map((element): ConflictKey => {
    const operator = printOperator(element.with);
    return element.column === undefined
      ? { name: element.expression, value: `(${embed(element.expression)})`, operator }
      : { name: element.column, value: quoteIdent(element.column), operator };
  });
  return { operation: createExclusionConstraint.name, target, table, primaryKey, ownRowsOnly, keys, where };
}

/** `&&`, or with its schema `OPERATOR("public".&&)`. */
function printOperator(operator: string): string {
  const { schema, symbol } = splitOperator(operator);
  return schema === undefined ? symbol : `OPERATOR(${quoteIdent(schema)}.${symbol})`;
}

function splitOperator(operator: string): { readonly schema: string | undefined; readonly symbol: string } {
  const dot = operator.lastIndexOf('.');
  return dot < 0
    ? { schema: undefined, symbol: operator }
    : { schema: operator.slice(0, dot), symbol: operator.slice(dot + 1) };
}

function compare(
  wanted: ExclusionRequest,
  found: StoredConstraint,
  index: StoredIndex | undefined,
  stored: string | null,
): readonly Difference[] {
  if (found.type !== 'x' || index === undefined)
    return [{ path: 'constraint', expected: 'exclusion', found: constraintKind(found.type), proved: true }];
  const differences: Difference[] = [];
  const say = (path: string, expected: string, is: string, proved = true): void => {
    if (expected !== is) differences.push({ path, expected, found: is, proved });
  };
  say('deferrable', wantedDeferral(wanted.deferrable), deferral(found));
  if (wanted.verbatim !== undefined) {
    const bare = (stored ?? '').replace(/ DEFERRABLE( INITIALLY DEFERRED)?$/, '');
    say('definition', wanted.verbatim, bare, false);
    return differences;
  }
  const operators = wanted.elements.map(({ with: operator }, i) => {
    const { symbol, schema } = splitOperator(operator);
    const [is, isSchema] = [splitOperator(found.operators[i] ?? '').symbol, found.operators[i]?.split('.')[0]];
    return symbol === is && (schema === undefined || schema === isSchema) ? is : operator;
  });
  say('operators', operators.join(', '), found.operators.map((name) => splitOperator(name).symbol).join(', '));
  differences.push(...compareIndex(asIndex(wanted), index));
  return differences;
}

/** Its index, but for the operators. */
function asIndex({ elements, method = 'gist', where }: ExclusionRequest): IndexRequest {
  const columns = elements.map(({ with: _operator, ...key }) => key);
  return { columns, method, ...(where === undefined ? {} : { where }) };
}

const NO_PARTITIONS: Refusal = {
  refuse: 'PostgreSQL before 17 has no exclusion constraint over a partitioned table.',
  hint: 'Give one to each partition; rows of different partitions are then not compared.',
};

function refuseOpclass(
  column: string,
  method: string,
  columns: readonly { readonly name: string; readonly type: string }[],
): Refusal {
  const type = columns.find(({ name }) => name === truncateName(column))?.type ?? '?';
  return {
    refuse: `the column ${column} is of type ${type}, for which the access method ${method} has no default operator class.`,
    hint:
      method === 'gist'
        ? 'For numbers, texts, dates, uuids and the like an extension brings them:\n  CREATE EXTENSION btree_gist;\nThen run again. For other types name an { opclass }.'
        : 'Name an { opclass }, or another { method }.',
  };
}
