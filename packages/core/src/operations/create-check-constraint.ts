/**
 * safeCreateCheckConstraint: adds a check without keeping readers and writers waiting for a scan.
 *
 * Plain ADD CHECK reads the whole table under ACCESS EXCLUSIVE. Added NOT VALID it only concerns new rows; VALIDATE reads the old ones
 * while reads and writes go on.
 */

import { type Canon, SHADOW, sameCanonicalForm } from '../catalog/canonical.js';
import { constraintKind } from '../catalog/constraints.js';
import { lookAtTable, primaryKeyColumns, remarkOn } from '../catalog/relation.js';
import { forbidRows, rowsWhere, showRows } from '../data/violations.js';
import { CATALOG, type Facts, type Operation, type ProbeStep, type SqlStep } from '../engine/operation.js';
import { embed, sameExpression } from '../expressions.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import { quoteIdent, sql, truncateName } from '../sql.js';

export interface CreateCheckConstraintArguments {
  readonly table: ObjectName;
  readonly name: string;
  /** Boolean SQL expression, without the parentheses around it. */
  readonly expression: string;
}

export interface CreateCheckConstraintFacts extends Facts<{ readonly constraint: 'absent' | 'unvalidated' | 'valid' }> {
  readonly table: ObjectName;
  readonly key: readonly string[];
  readonly stored: string | null;
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

export const createCheckConstraint: Operation<CreateCheckConstraintArguments, CreateCheckConstraintFacts> = {
  name: 'safeCreateCheckConstraint',

  async inspect(reader, { table, name, expression }) {
    const {
      row,
      name: resolved,
      missing,
    } = await lookAtTable(reader, table, {
      kinds: 'rpf',
      columns: sql`${primaryKeyColumns('c')} as key,
        (select pg_catalog.json_build_object('name', k.conname, 'type', k.contype, 'valid', k.convalidated, 'expression', pg_catalog.pg_get_expr(k.conbin, k.conrelid),
             'noInherit', k.connoinherit, 'enforced', coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true))
           from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.conname = ${name}::name) as found`,
    });
    const found = (row['found'] ?? null) as StoredCheck | null;
    return {
      target: `${printName(resolved)}.${truncateName(name)}`,
      state: { constraint: found === null ? 'absent' : found.valid ? 'valid' : 'unvalidated' },
      begun: found !== null,
      differences: found === null ? [] : compare(expression, found),
      missing,
      ...remarkOn(name),
      table: resolved,
      key: (row['key'] ?? []) as readonly string[],
      stored: found?.expression ?? null,
    };
  },

  next(facts, args, form) {
    const { constraint } = facts.state;
    if (constraint === 'valid') return null;
    if (!(facts.probed ?? []).includes('violations')) return probe(facts, args);
    return constraint === 'unvalidated' ? validate(facts, args) : add(facts, args, form === 'online');
  },

  async prove(connection, facts, { expression }) {
    const texts = { wanted: expression, stored: facts.stored ?? '' };
    return (await sameCanonicalForm(connection, facts.table, CANON, texts)) ? { ...facts, differences: [] } : facts;
  },
};

const CANON: Canon = {
  put: (name, text) => `ALTER TABLE ${SHADOW} ADD CONSTRAINT ${name} CHECK (${embed(text)})`,
  read: `SELECT conname AS name, pg_catalog.pg_get_expr(conbin, conrelid) AS text FROM pg_catalog.pg_constraint WHERE conrelid = '${SHADOW}'::regclass`,
};

function add(
  facts: CreateCheckConstraintFacts,
  args: CreateCheckConstraintArguments,
  notValid: boolean,
): SqlStep<CreateCheckConstraintFacts> {
  return {
    kind: 'sql',
    id: 'add',
    why: notValid ? 'new rows must obey it; existing rows are not read yet' : 'reads all rows under the lock',
    sql: `ALTER TABLE ${quoteName(facts.table)} ADD CONSTRAINT ${quoteIdent(args.name)} CHECK (${embed(args.expression)})${notValid ? ' NOT VALID' : ''}`,
    locks: [{ on: facts.table, mode: 'AccessExclusiveLock', kind: 'table' }],
    work: notValid ? CATALOG : { kind: 'scan', of: facts.table },
    commit: 'own',
    after: () => ({ constraint: notValid ? 'unvalidated' : 'valid' }),
    explain: (connection) => probe(facts, args).judge(connection),
  };
}

function validate(
  facts: CreateCheckConstraintFacts,
  args: CreateCheckConstraintArguments,
): SqlStep<CreateCheckConstraintFacts> {
  return {
    kind: 'sql',
    id: 'validate',
    why: 'reads all rows while reads and writes go on',
    sql: `ALTER TABLE ${quoteName(facts.table)} VALIDATE CONSTRAINT ${quoteIdent(args.name)}`,
    locks: [{ on: facts.table, mode: 'ShareUpdateExclusiveLock', kind: 'table' }],
    work: { kind: 'scan', of: facts.table },
    commit: 'own',
    after: () => ({ constraint: 'valid' }),
    explain: (connection) => probe(facts, args).judge(connection),
  };
}

function probe(
  facts: CreateCheckConstraintFacts,
  args: CreateCheckConstraintArguments,
): ProbeStep<CreateCheckConstraintFacts> {
  // A check passes when it is NULL, too.
  const condition = `(${embed(args.expression)}) IS FALSE`;
  const query = rowsWhere(facts.table, facts.key, condition);
  return {
    kind: 'probe',
    id: 'violations',
    why: 'rows that violate it are counted before anything is changed',
    sql: query,
    locks: [],
    work: CATALOG,
    judge: (connection) =>
      forbidRows(connection, query, {
        operation: createCheckConstraint.name,
        target: facts.target,
        happened: `that violate CHECK (${args.expression}).`,
        hint: showRows(facts.table, condition),
      }),
    after: (state) => state,
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
