/** The report of a guard: what each operation did, in a form that people like to read. */
import type { Outcome, OutcomeStatus } from '../outcome.js';

/** All outcomes so far, in the order in which they ended. */
export interface Report {
  readonly migrationId: string | undefined;
  readonly outcomes: readonly Outcome[];
  /** Top-level outcomes by status. */
  readonly counts: Readonly<Record<OutcomeStatus, number>>;
  /** One line an operation, children indented. */
  toString(): string;
}

const STATUSES: readonly OutcomeStatus[] = [
  'applied',
  'unchanged',
  'repaired',
  'skipped',
  'planned',
  'failed',
  'refused',
  'unguarded',
];
const MARKS: Readonly<Record<OutcomeStatus, string>> = {
  applied: '+',
  unchanged: '=',
  repaired: '~',
  skipped: '-',
  planned: '?',
  failed: '✗',
  refused: '!',
  unguarded: '·',
};

export function makeReport(migrationId: string | undefined, outcomes: readonly Outcome[]): Report {
  const counts = Object.fromEntries(
    STATUSES.map((status) => [status, outcomes.filter((o) => o.status === status).length]),
  ) as Record<OutcomeStatus, number>;
  return { migrationId, outcomes: [...outcomes], counts, toString: () => printReport(migrationId, outcomes, counts) };
}

function printReport(migrationId: string | undefined, outcomes: readonly Outcome[], counts: Report['counts']): string {
  const summary = STATUSES.filter((status) => counts[status] > 0).map((status) => `${counts[status]} ${status}`);
  const head = `${migrationId ?? 'migration'}: ${summary.length === 0 ? 'nothing done' : summary.join(', ')}`;
  return [head, ...outcomes.flatMap((outcome) => printOutcome(outcome, 1))].join('\n');
}

/** `+ applied    safeAddColumn public.users.email  12 ms`, then its children. */
export function printOutcome(outcome: Outcome, depth = 0): readonly string[] {
  const { status, operation, target, reason, rows, durationMs, children } = outcome;
  const notes = [
    rows === undefined ? '' : `${rows} rows`,
    `${durationMs < 10 ? durationMs.toFixed(1) : Math.round(durationMs)} ms`,
  ].filter((n) => n !== '');
  const why = reason === undefined ? '' : `  ${reason.split('\n')[0] ?? ''}`;
  const line = `${'  '.repeat(depth)}${MARKS[status]} ${status.padEnd(9)} ${operation} ${target}${why}  (${notes.join(', ')})`;
  return [line, ...children.flatMap((child) => printOutcome(child, depth + 1))];
}
