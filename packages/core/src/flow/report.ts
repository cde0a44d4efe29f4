/** The report of a guard: what each operation did, in a form that people like to read. */
import type { Outcome, OutcomeStatus } from '../outcome.js';

/** All outcomes so far, in the order in which they ended. */
export interface Report {
  readonly migrationId: string | undefined;
  readonly outcomes: readonly Outcome[];
  /** Operations by status; what a group holds counts, not the group, unless it failed. */
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
  const all = outcomes.flatMap(operationsOf);
  const counts = Object.fromEntries(
    STATUSES.map((status) => [status, all.filter((o) => o.status === status).length]),
  ) as Record<OutcomeStatus, number>;
  const print = (): string => printReport(migrationId, outcomes, counts);
  const report = { migrationId, outcomes: [...outcomes], counts, toString: print };
  // console.log of it shows what people want to read, not the object.
  return Object.defineProperty(report, Symbol.for('nodejs.util.inspect.custom'), { value: print });
}

function printReport(migrationId: string | undefined, outcomes: readonly Outcome[], counts: Report['counts']): string {
  const summary = STATUSES.filter((status) => counts[status] > 0).map((status) => `${counts[status]} ${status}`);
  const head = `${migrationId ?? 'migration'}: ${summary.length === 0 ? 'nothing done' : summary.join(', ')}`;
  return [head, ...printRows(outcomes.flatMap((outcome) => rowsOf(outcome, 1)))].join('\n');
}

const GROUPS = new Set(['attempt', 'forEachTable', 'table', 'when']);

function operationsOf(outcome: Outcome): readonly Outcome[] {
  const { operation, status, children } = outcome;
  // What ran in a part that failed was taken back with it; the other tables of a forEachTable were not.
  const counts = children.length === 0 || (status === 'failed' && operation !== 'forEachTable');
  return counts || !GROUPS.has(operation) ? [outcome] : children.flatMap(operationsOf);
}

interface Row {
  readonly status: string;
  readonly operation: string;
  readonly target: string;
  readonly notes: string;
}

function rowsOf(outcome: Outcome, depth: number): readonly Row[] {
  const { status, operation, target, children } = outcome;
  const own = { status: `${'  '.repeat(depth)}${MARKS[status]} ${status}`, operation, target, notes: notesOf(outcome) };
  return [own, ...children.flatMap((child) => rowsOf(child, depth + 1))];
}

function notesOf({ status, reason, rows, durationMs }: Outcome): string {
  const time = `${durationMs < 9.95 ? durationMs.toFixed(1) : Math.round(durationMs)} ms`.padStart(8);
  const changed = rows === undefined ? '' : `${rows} ${rows === 1 ? 'row' : 'rows'}`;
  const parts = [status === 'skipped' ? '' : time, changed, reason?.split('\n')[0] ?? ''];
  return parts.filter((part) => part !== '').join('  ');
}

// A longer target moves the notes of its own line only.
const WIDEST_TARGET = 56;

function printRows(rows: readonly Row[]): readonly string[] {
  const width = (key: keyof Row): number => Math.max(0, ...rows.map((row) => row[key].length));
  const [status, operation, target] = [width('status'), width('operation'), Math.min(width('target'), WIDEST_TARGET)];
  return rows.map((row) =>
    [row.status.padEnd(status), row.operation.padEnd(operation), row.target.padEnd(target), row.notes]
      .join('  ')
      .trimEnd(),
  );
}
