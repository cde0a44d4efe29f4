/** What became of an operation: the status and the reason of its outcome. */
import type { Outcome, OutcomeStatus } from '../outcome.js';
import type { Ledger, RunContext } from './context.js';
import type { Ending, Facts } from './operation.js';
import type { Prepared, Verdict } from './prepare.js';

/** How the own steps ended. */
export interface End {
  readonly facts: Facts;
  /** As it was before this run changed anything. */
  readonly verdict: Verdict;
  /** The children that are left to be carried out. */
  readonly after: readonly Prepared[];
  readonly skipped?: string;
  readonly ending?: Ending;
}

/** What has been changed by then is not skipped any more. */
export function skippedBy(ending: Ending | undefined, ledger: Ledger): string | undefined {
  return ending?.end === 'skipped' && !changedAnything(ledger) ? ending.reason : undefined;
}

/** `first`: as the first look found it. What is gone by the end is remarked on by that look alone. */
export function reasonOf(
  context: RunContext,
  ledger: Ledger,
  first: Facts,
  { facts, ending }: End,
): string | undefined {
  const skipped = ledger.children
    .filter((c) => c.status === 'skipped')
    .map((c) => `${c.operation} ${c.target} was skipped`);
  return inOne([context.options.allow, first.remark, facts.remark, ...ledger.said, ...skipped, ending?.reason]);
}

export function inOne(reasons: readonly (string | undefined)[]): string | undefined {
  const given = new Set(reasons.filter((reason) => reason !== undefined));
  return given.size === 0 ? undefined : [...given].join('; ');
}

function changedAnything(ledger: Ledger): boolean {
  return ledger.changes > 0 || (ledger.rows ?? 0) > 0 || changedByChildren(ledger);
}

export function changedByChildren({ children }: Ledger): boolean {
  return children.some((c) => c.status === 'applied' || c.status === 'repaired');
}

export function statusOf(verdict: Verdict, prepared: Prepared, ledger: Ledger): OutcomeStatus {
  if (prepared.child.bind((operation) => operation.group) === true) return statusOfGroup(ledger.children);
  // Rows are looked for by changing them: none found means that there was nothing to do.
  if (!changedAnything(ledger)) return 'unchanged';
  if (verdict === 'absent') return 'applied';
  return verdict === 'partial' || changedByChildren(ledger) ? 'repaired' : 'unchanged';
}

/** All alike: that; some done and some there already: `repaired`. */
function statusOfGroup(children: readonly Outcome[]): OutcomeStatus {
  const statuses = new Set(children.map((c) => c.status));
  if (statuses.size === 0) return 'unchanged';
  if (statuses.size === 1) return children[0]?.status ?? 'unchanged';
  if (statuses.has('planned')) return 'planned';
  statuses.delete('skipped');
  return statuses.size === 1 ? ([...statuses][0] as OutcomeStatus) : 'repaired';
}
