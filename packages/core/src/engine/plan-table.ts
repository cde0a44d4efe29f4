/** For tests beside an operation: its plans as a table, one row for each combination of facts. Not part of the package. */
import { type Facts, type Form, isEnding, isRefusal, type Operation, type Step } from './operation.js';
import { foldPlan } from './prepare.js';

export interface PlanTable<A, F extends Facts, V extends Readonly<Record<string, unknown>>> {
  readonly operation: Operation<A, F>;
  readonly args: A;
  /** What varies, and the values it takes. */
  readonly over: { readonly [K in keyof V]: readonly V[K][] };
  /** The facts of one combination. */
  readonly facts: (values: V) => F;
  readonly forms?: readonly Form[];
}

/** `absent  online  orphans → add → validate (scan)`; the facts vary slowest from left to right. */
export function planTable<A, F extends Facts, V extends Readonly<Record<string, unknown>>>(
  table: PlanTable<A, F, V>,
): string {
  const { operation, args, over, facts, forms = ['online', 'plain'] } = table;
  const names = Object.keys(over);
  const rows = combinations(Object.values(over)).flatMap((values) =>
    forms.map((form) => {
      const combination = Object.fromEntries(names.map((name, i) => [name, values[i]])) as V;
      const { steps, refusal, ending } = foldPlan(operation, facts(combination), args, form);
      const no = refusal === null ? [] : [`refused: ${firstLine(refusal.refuse)}`];
      const end = ending === undefined ? [] : [`${ending.end}: ${firstLine(ending.reason)}`];
      const told = [...steps.map(describe), ...no, ...end];
      return [...values.map(print), form, told.length === 0 ? 'nothing left to do' : told.join(' → ')];
    }),
  );
  return align([[...names, 'form', 'steps'], ...rows]).join('\n');
}

/** The step alone, for what a plan as a whole does not show. */
export function firstStep<A, F extends Facts>(operation: Operation<A, F>, facts: F, args: A, form: Form): Step<F> {
  const next = operation.next(facts, args, form);
  if (next === null || isRefusal(next) || isEnding(next)) throw new TypeError(`${operation.name} asks for no step`);
  return next;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}

function print(value: unknown): string {
  return value === null || (Array.isArray(value) && value.length === 0) ? 'none' : String(value);
}

function describe<F extends Facts>(step: Step<F>): string {
  const outside = step.kind === 'sql' && step.commit === 'outside' ? ['outside'] : [];
  const notes = [
    ...(step.work.kind === 'catalog' ? [] : [step.work.kind]),
    ...outside,
    ...(step.risk ? ['at a risk'] : []),
  ];
  return notes.length === 0 ? step.id : `${step.id} (${notes.join(', ')})`;
}

function combinations(lists: readonly (readonly unknown[])[]): readonly (readonly unknown[])[] {
  const [first, ...rest] = lists;
  if (first === undefined) return [[]];
  return first.flatMap((value) => combinations(rest).map((others) => [value, ...others]));
}

function align(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
