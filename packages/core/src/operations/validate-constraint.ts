/**
 * safeValidateConstraint: proves a constraint that was added NOT VALID, while reads and writes go on.
 *
 * Plain VALIDATE CONSTRAINT stops at the first row that violates and names none; it waits behind every VACUUM, and within a transaction
 * that holds a strong lock already it keeps all others waiting for the scan.
 */
import {
  constraintKind,
  type FoundConstraint,
  lookAtConstraint,
  missingConstraint,
  reachesBelow,
} from '../catalog/constraints.js';
import { remarkOn } from '../catalog/relation.js';
import { lockTree } from '../catalog/tree.js';
import { orphansOf } from '../data/orphans.js';
import { beforehand, type ConstraintState, type Validation, validate } from '../data/validation.js';
import { type Offence, type OnViolation, rowsWhere, showRows } from '../data/violations.js';
import type { Facts, Lock, Operation, Refusal } from '../engine/operation.js';
import { inParentheses } from '../expressions.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { quoteIdent, truncateName } from '../sql.js';

export interface ValidateConstraintOptions {
  /**
   * What becomes of rows that violate it. `throw` (the default): `DataViolationError`. `warn`: a warning and the outcome `skipped`.
   * `keep-unvalidated`: a warning and the outcome `unchanged`. The constraint stays NOT VALID in each case.
   */
  readonly onViolation?: OnViolation;
}

export interface ValidateConstraintArguments extends ValidateConstraintOptions {
  readonly table: ObjectName;
  readonly name: string;
}

export interface ValidateConstraintFacts extends Facts<ConstraintState> {
  readonly table: ObjectName;
  /** pg_class.relkind of the table. */
  readonly kind: string;
  readonly found: FoundConstraint | null;
  readonly below: readonly ObjectName[];
  readonly primaryKey: readonly string[];
  readonly readable: boolean;
  /** Row level security hides rows from the role. */
  readonly hidden: boolean;
}

/** Kinds that have a validated and an unvalidated state. */
const VALIDATED_LATER = 'cfn';

export const validateConstraint: Operation<ValidateConstraintArguments, ValidateConstraintFacts> = {
  name: 'safeValidateConstraint',

  async inspect(reader, { table, name }) {
    const look = await lookAtConstraint(reader, table, name);
    const { found } = look;
    return {
      target: `${printName(look.name)}.${truncateName(name)}`,
      state: { constraint: found === null ? 'absent' : found.valid ? 'valid' : 'unvalidated' },
      begun: false,
      differences: [],
      missing: found === null ? missingConstraint(look, name) : [],
      ...remarkOn(name),
      ...remarkOnKind(found),
      table: look.name,
      kind: look.relation?.kind ?? 'r',
      found,
      below: look.below,
      primaryKey: look.primaryKey,
      readable: look.readable,
      hidden: look.hidden,
    };
  },

  next(facts, { name, onViolation }) {
    const { found, state } = facts;
    if (found === null) return null;
    if (!found.enforced) return refuseNotEnforced(facts, found, name);
    if (state.constraint === 'valid') return null;
    const validation: Validation = {
      table: facts.table,
      name,
      readable: facts.readable,
      hidden: facts.hidden,
      onViolation,
      offence: offenceOf(facts, found),
    };
    return beforehand(facts, validation) ?? validate(validation, locksOf(facts, found));
  },
};

function remarkOnKind(found: FoundConstraint | null): { readonly remark?: string } {
  if (found === null || VALIDATED_LATER.includes(found.type)) return {};
  return {
    remark: `a ${constraintKind(found.type)} constraint has held for all rows from the start: there is nothing to validate`,
  };
}

function refuseNotEnforced({ table }: ValidateConstraintFacts, { type }: FoundConstraint, name: string): Refusal {
  const statement = `ALTER TABLE ${quoteName(table)} ALTER CONSTRAINT ${quoteIdent(name)} ENFORCED;`;
  return {
    refuse: `this ${constraintKind(type)} constraint is NOT ENFORCED: PostgreSQL never looks at it, so there is nothing to validate.`,
    hint:
      type === 'f'
        ? `Let it be enforced first; that reads all rows and keeps writers of both tables waiting meanwhile:\n  ${statement}`
        : 'Drop it with safeDropConstraint and make it again with safeCreateCheckConstraint.',
  };
}

/** The table and what is below it; of a foreign key also the table it refers to, which is named once if it is the same. */
function locksOf(facts: ValidateConstraintFacts, found: FoundConstraint): readonly Lock[] {
  const { table, below, kind } = facts;
  const own = lockTree({ table, below, reached: reachesBelow(found, kind) }, 'ShareUpdateExclusiveLock');
  const { referenced, belowReferenced } = found;
  if (referenced === null || printName(referenced) === printName(table)) return own;
  return [...own, ...lockTree({ table: referenced, below: belowReferenced, reached: false }, 'RowShareLock')];
}

function offenceOf(facts: ValidateConstraintFacts, found: FoundConstraint): Offence {
  const about = { operation: validateConstraint.name, target: facts.target };
  const own = facts.below.length > 0 && !reachesBelow(found, facts.kind);
  if (found.referenced !== null) {
    const key = {
      table: facts.table,
      columns: found.columns,
      referenced: found.referenced,
      refcolumns: found.refcolumns ?? [],
      full: found.full,
      primaryKey: facts.primaryKey,
      only: { table: own, referenced: found.referencedKind === 'r' && found.belowReferenced.length > 0 },
    };
    return { ...about, ...orphansOf(key) };
  }
  const column = quoteIdent(found.columns[0] ?? '');
  const [condition, what] =
    found.type === 'n'
      ? [`${column} IS NULL`, `NOT NULL of ${found.columns[0]}`]
      : [`${inParentheses(found.expression ?? '')} IS FALSE`, `CHECK ${inParentheses(found.expression ?? '')}`];
  return {
    ...about,
    query: rowsWhere(facts.table, facts.primaryKey, condition, own),
    one: `violates ${what}`,
    many: `violate ${what}`,
    hint: showRows(facts.table, condition, own),
  };
}
