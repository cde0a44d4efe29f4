/**
 * safeCreateCheckConstraint: adds a check without keeping readers and writers waiting for a scan.
 *
 * Plain ADD CHECK reads the whole table under ACCESS EXCLUSIVE. Added NOT VALID it only concerns new rows; VALIDATE reads the old ones
 * while reads and writes go on.
 */

import { type Canon, SHADOW, sameCanonicalForm } from '../catalog/canonical.js';
import { constraintKind } from '../catalog/constraints.js';
import { lookAtTable, primaryKeyColumns, remarkOn } from '../catalog/relation.js';
import { descendants, lockTree } from '../catalog/tree.js';
import {
  beforehand,
  type ConstraintState,
  explained,
  findingOf,
  NOT_VALID_LEAVES,
  type Validation,
  validate,
} from '../data/validation.js';
import { type OnViolation, rowsWhere, showRows } from '../data/violations.js';
import { CATALOG, type Facts, type Operation, type Refusal, type SqlStep } from '../engine/operation.js';
import { embed, sameExpression } from '../expressions.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import { quoteIdent, sql, truncateName } from '../sql.js';

export interface CheckConstraintOptions {
  /**
   * What becomes of rows that violate it. `throw` (the default): `DataViolationError` before any change. `warn`: a warning, nothing is
   * changed, outcome `skipped`. `keep-unvalidated`: a warning, the check is there for new rows but NOT VALID; run again when the rows are
   * corrected, and it is validated.
   */
  readonly onViolation?: OnViolation;
}

export interface CheckConstraintRequest {
  readonly name: string;
  /** Boolean SQL expression, without the parentheses around it. */
  readonly expression: string;
}

export interface CreateCheckConstraintArguments extends CheckConstraintRequest, CheckConstraintOptions {
  readonly table: ObjectName;
}

export interface CreateCheckConstraintFacts extends Facts<ConstraintState> {
  readonly table: ObjectName;
  readonly key: readonly string[];
  readonly stored: string | null;
  readonly readable: boolean;
  /** Row level security hides rows from the role. */
  readonly hidden: boolean;
  /** Partitions and inheriting tables. They get it too. */
  readonly below: readonly ObjectName[];
  /** A constraint of that name on one of them that cannot become part of this one. */
  readonly inTheWay: { readonly table: ObjectName; readonly definition: string } | null;
  /** One of them has it NOT VALID: a valid one on top is then refused by the server, until it is validated. */
  readonly unvalidatedBelow: boolean;
  /** Other checks of the table, by name, that say the same. */
  readonly twins: readonly string[];
}

interface StoredCheck {
  readonly name: string;
  readonly type: string;
  readonly valid: boolean;
  readonly expression: string | null;
  readonly noInherit: boolean;
  /** False from PostgreSQL 18 on only. */
  readonly enforced: boolean;
}

interface CheckBelow extends StoredCheck {
  readonly table: ObjectName;
  readonly definition: string;
}

export const createCheckConstraint: Operation<CreateCheckConstraintArguments, CreateCheckConstraintFacts> = {
  name: 'safeCreateCheckConstraint',

  async inspect(reader, { table, name, expression }) {
    const {
      row,
      name: resolved,
      missing,
    } = await lookAtTable(reader, table, {
      kinds: 'rpf',
      columns: sql`${primaryKeyColumns('c')} as key, pg_catalog.has_table_privilege(c.oid, 'SELECT') as readable, pg_catalog.row_security_active(c.oid) as hidden, x.checks, ${descendants('c.oid')} as below,
        (with recursive tree (relid) as (select c.oid union select i.inhrelid from pg_catalog.pg_inherits i join tree on i.inhparent = tree.relid)
          select pg_catalog.json_agg(${storedCheck('k', sql`, 'definition', pg_catalog.pg_get_constraintdef(k.oid), 'table', pg_catalog.json_build_object('schema', bn.nspname, 'name', b.relname)`)} order by b.oid)
          from tree join pg_catalog.pg_constraint k on k.conrelid = tree.relid and k.conname = ${name}::name
          join pg_catalog.pg_class b on b.oid = k.conrelid join pg_catalog.pg_namespace bn on bn.oid = b.relnamespace where tree.relid <> c.oid) as named_below`,
      joins: sql`left join lateral (select pg_catalog.json_agg(${storedCheck('k')} order by k.conname) as checks
        from pg_catalog.pg_constraint k where k.conrelid = c.oid and (k.contype = 'c' or k.conname = ${name}::name)) x on true`,
    });
    const checks = (row['checks'] ?? []) as readonly StoredCheck[];
    const found = checks.find((check) => check.name === truncateName(name));
    const namedBelow = (row['named_below'] ?? []) as readonly CheckBelow[];
    return {
      target: `${printName(resolved)}.${truncateName(name)}`,
      state: { constraint: found === undefined ? 'absent' : found.valid ? 'valid' : 'unvalidated' },
      begun: found !== undefined,
      differences: found === undefined ? [] : compare(expression, found),
      missing,
      ...remarkOn(name),
      table: resolved,
      key: (row['key'] ?? []) as readonly string[],
      stored: found?.expression ?? null,
      readable: row['readable'] === true,
      hidden: row['hidden'] === true,
      below: (row['below'] ?? []) as readonly ObjectName[],
      inTheWay: found === undefined ? (namedBelow.find((each) => !merges(each)) ?? null) : null,
      unvalidatedBelow: namedBelow.some((each) => !each.valid),
      twins: checks
        .filter((check) => check !== found && check.type === 'c' && sameExpression(expression, check.expression ?? ''))
        .map((check) => check.name),
    };
  },

  next(facts, args, form) {
    const { constraint } = facts.state;
    if (constraint === 'valid') return null;
    if (facts.inTheWay !== null) return refuseBelow(facts.inTheWay);
    const validation = validationOf(facts, args);
    const first = beforehand(facts, validation);
    if (first !== null) return first;
    const locks = lockTree({ table: facts.table, below: facts.below, reached: true }, 'ShareUpdateExclusiveLock');
    if (constraint === 'unvalidated') return validate(validation, locks);
    const notValid = form === 'online' || facts.unvalidatedBelow || findingOf(facts) !== undefined;
    return add(facts, args, notValid);
  },

  provides: ({ table }, { name }) => [{ kind: 'constraint', name: `${printName(table)}.${name}` }],

  async prove(connection, facts, { expression }) {
    const texts = { wanted: expression, stored: facts.stored ?? '' };
    return (await sameCanonicalForm(connection, facts.table, CANON, texts)) ? { ...facts, differences: [] } : facts;
  },
};

function storedCheck(alias: string, more = sql``): ReturnType<typeof sql> {
  const k = sql.raw(alias);
  return sql`pg_catalog.json_build_object('name', ${k}.conname, 'type', ${k}.contype, 'valid', ${k}.convalidated, 'expression', pg_catalog.pg_get_expr(${k}.conbin, ${k}.conrelid),
    'noInherit', ${k}.connoinherit, 'enforced', coalesce((pg_catalog.to_jsonb(${k}) ->> 'conenforced')::boolean, true)${more})`;
}

/** The server makes one of a check and the same one of its parent. Whether two are the same is left to it: texts may differ. */
function merges({ type, noInherit, enforced }: CheckBelow): boolean {
  return type === 'c' && !noInherit && enforced;
}

function refuseBelow({ table, definition }: NonNullable<CreateCheckConstraintFacts['inTheWay']>): Refusal {
  return {
    refuse: `${printName(table)}, which would inherit it, has another constraint of that name:\n  ${definition}`,
    hint: 'Take another name, or rename or drop that one first.',
  };
}

const CANON: Canon = {
  put: (name, text) => `ALTER TABLE ${SHADOW} ADD CONSTRAINT ${name} CHECK (${embed(text)})`,
  read: `SELECT conname AS name, pg_catalog.pg_get_expr(conbin, conrelid) AS text FROM pg_catalog.pg_constraint WHERE conrelid = '${SHADOW}'::regclass`,
};

function add(
  facts: CreateCheckConstraintFacts,
  args: CreateCheckConstraintArguments,
  notValid: boolean,
): SqlStep<CreateCheckConstraintFacts> {
  const { table, below, twins } = facts;
  return {
    kind: 'sql',
    id: 'add',
    why: notValid ? 'new rows must obey it; existing rows are not read yet' : 'reads all rows under the lock',
    sql: `ALTER TABLE ${quoteName(table)} ADD CONSTRAINT ${quoteIdent(args.name)} CHECK (${embed(args.expression)})${notValid ? ' NOT VALID' : ''}`,
    locks: lockTree({ table, below, reached: true }, 'AccessExclusiveLock'),
    work: notValid ? CATALOG : { kind: 'scan', of: table },
    commit: 'own',
    ...(notValid ? { leaves: NOT_VALID_LEAVES } : {}),
    ...(twins.length === 0 ? {} : { says: [`the same check is there under the name ${twins.join(', ')}`] }),
    after: () => ({ constraint: notValid ? 'unvalidated' : 'valid' }),
    ...explained(validationOf(facts, args)),
  };
}

function validationOf(facts: CreateCheckConstraintFacts, args: CreateCheckConstraintArguments): Validation {
  // A check passes when it is NULL, too.
  const condition = `(${embed(args.expression)}) IS FALSE`;
  return {
    table: facts.table,
    name: args.name,
    readable: facts.readable,
    hidden: facts.hidden,
    onViolation: args.onViolation,
    offence: {
      operation: createCheckConstraint.name,
      target: facts.target,
      query: rowsWhere(facts.table, facts.key, condition),
      one: `violates CHECK (${args.expression})`,
      many: `violate CHECK (${args.expression})`,
      hint: showRows(facts.table, condition),
    },
  };
}

function compare(expression: string, found: StoredCheck): readonly Difference[] {
  if (found.type !== 'c')
    return [{ path: 'constraint', expected: 'check', found: constraintKind(found.type), proved: true }];
  const differences: Difference[] = [];
  const say = (path: string, expected: string, is: string, proved = true): void => {
    if (expected !== is) differences.push({ path, expected, found: is, proved });
  };
  say('inheritance', 'inherited', found.noInherit ? 'NO INHERIT' : 'inherited');
  say('enforced', 'yes', found.enforced ? 'yes' : 'no');
  if (!sameExpression(expression, found.expression ?? '')) say('expression', expression, found.expression ?? '', false);
  return differences;
}
