/** Constraints that are added NOT VALID and validated afterwards: rows are counted before, and what is found decides how far it goes. */
import {
  CATALOG,
  type Ending,
  type Facts,
  type Lock,
  type ProbeStep,
  type Refusal,
  type SqlStep,
} from '../engine/operation.js';
import { type ObjectName, quoteName } from '../names.js';
import { quoteIdent } from '../sql.js';
import { judgeRows, type Offence, type OnViolation } from './violations.js';

export interface ConstraintState {
  readonly constraint: 'absent' | 'unvalidated' | 'valid';
}

type Validated = Facts<ConstraintState>;

export interface Validation {
  readonly table: ObjectName;
  readonly name: string;
  /** Rows that violate it. */
  readonly offence: Offence;
  /** The role may read the rows: else the server alone finds out. */
  readonly readable: boolean;
  /** Row level security hides rows from the role, so that it cannot count them; nor does the server find them with a foreign key. */
  readonly hidden: boolean;
  readonly onViolation?: OnViolation | undefined;
}

export const NOT_VALID_LEAVES = 'New rows must obey it; it stays NOT VALID until the others do.';

const GONE = 'rows violated it while it was validated, and are gone again: run again';
const MAY_BE: Readonly<Record<OnViolation, string>> = {
  throw: 'rows that violate it are counted before anything is changed',
  warn: 'rows that violate it are counted; if there are any, nothing is changed',
  'keep-unvalidated': 'rows that violate it are counted; if there are any, only new rows must obey it',
};

const HIDDEN: Refusal = {
  refuse: 'row level security hides rows from this role: those that stand in the way could not be counted.',
  hint: "Run as a role with BYPASSRLS, or as the table's owner without FORCE ROW LEVEL SECURITY.",
  privilege: true,
};

/** Where rows cannot be counted, a change would round or cut them without a word. `isolation` is the transaction's. */
export function refuseUncounted({
  hidden,
  isolation,
}: {
  readonly hidden: boolean;
  readonly isolation: string;
}): Refusal {
  if (hidden) return HIDDEN;
  return {
    refuse: `this transaction is ${isolation.toUpperCase()}: it does not see rows that were committed after it began.`,
    hint: 'Run it in a transaction that is READ COMMITTED.',
  };
}

/** What comes before the statement: the count of rows, and an end where the caller does not want an error. Null: go on. */
export function beforehand(facts: Validated, validation: Validation): ProbeStep<Validated> | Refusal | Ending | null {
  const { offence, onViolation = 'throw', readable, hidden } = validation;
  if (hidden) return HIDDEN;
  if (readable && !(facts.probed ?? []).includes('violations')) {
    return {
      kind: 'probe',
      id: 'violations',
      why: MAY_BE[onViolation],
      sql: offence.query,
      locks: [],
      work: CATALOG,
      judge: (connection) => judgeRows(connection, offence, onViolation),
      after: (state) => state,
    };
  }
  const found = findingOf(facts);
  const unvalidated = facts.state.constraint === 'unvalidated';
  if (found === undefined || (onViolation !== 'warn' && !unvalidated)) return null;
  return {
    end: onViolation === 'warn' ? 'skipped' : 'left',
    reason: unvalidated ? `not validated: ${found}` : `nothing was changed: ${found}`,
  };
}

/** What was found of rows that violate; only where that is no error. */
export function findingOf({ findings = {} }: Facts): string | undefined {
  return Object.values(findings)[0];
}

export function validate(validation: Validation, locks: readonly Lock[]): SqlStep<Validated> {
  const { table, name } = validation;
  return {
    kind: 'sql',
    id: 'validate',
    why: 'reads all rows while reads and writes go on',
    sql: `ALTER TABLE ${quoteName(table)} VALIDATE CONSTRAINT ${quoteIdent(name)}`,
    locks,
    work: { kind: 'scan', of: table },
    commit: 'own',
    ...explained(validation),
    after: () => ({ constraint: 'valid' }),
  };
}

/** Counts again when rows that came between the count and the statement made it fail. */
export function explained({ readable, offence, onViolation }: Validation): Pick<SqlStep<Validated>, 'explain'> {
  const instead = onViolation === undefined || onViolation === 'throw' ? undefined : GONE;
  if (!readable && instead === undefined) return {};
  return {
    explain: async (connection) =>
      (readable ? await judgeRows(connection, offence, onViolation) : 'rows violate it') ?? instead,
  };
}
