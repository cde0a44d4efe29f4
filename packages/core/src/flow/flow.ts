/** attempt, forEachTable and when, for any kind of guard. */
import { oneOf, requireKeys, requireText, wrong } from '../arguments.js';
import { emit } from '../engine/context.js';
import type { GuardRun } from '../engine/guard-run.js';
import { parseName, printName, type TableName } from '../names.js';
import type { Outcome } from '../outcome.js';
import { groupError, groupOutcome, isolate, passThrough } from './attempt.js';

export interface AttemptOptions {
  /** A failure is thrown after everything was tried. Default false: it is only reported. */
  readonly required?: boolean;
}

/** What must exist. `column` belongs to `table`. */
export interface Conditions {
  readonly schema?: string;
  readonly table?: TableName;
  readonly column?: string;
  readonly extension?: string;
}

/** The questions that the flow asks of a guard. */
export interface Asking {
  schemaExists(name: string): Promise<boolean>;
  tableExists(table: TableName): Promise<boolean>;
  columnExists(table: TableName, column: string): Promise<boolean>;
  extensionExists(name: string): Promise<boolean>;
}

export class Flow<G extends Asking> {
  readonly #guard: G;
  readonly #run: GuardRun;
  readonly #make: (run: GuardRun) => G;

  constructor(guard: G, run: GuardRun, make: (run: GuardRun) => G) {
    this.#guard = guard;
    this.#run = run;
    this.#make = make;
  }

  async attempt(name: string, body: (g: G) => unknown, options: AttemptOptions = {}): Promise<Outcome> {
    requireText('attempt', 'name', name);
    requireBody('attempt', body);
    const required = readRequired('attempt', options);
    const { outcome, failure } = await this.#group('attempt', name, body);
    this.#run.record(outcome);
    if (required && failure !== undefined) throw failure;
    return outcome;
  }

  async forEachTable<T extends TableName>(
    tables: readonly T[],
    body: (table: T, g: G) => unknown,
    options: AttemptOptions = {},
  ): Promise<Outcome> {
    if (!Array.isArray(tables)) throw wrong('forEachTable', 'tables', "must be a list of tables, ['users']");
    for (const table of tables) parseName('forEachTable', table);
    requireBody('forEachTable', body);
    const required = readRequired('forEachTable', options);
    const started = performance.now();
    const children: Outcome[] = [];
    let first: unknown;
    for (const table of tables) {
      const name = nameOf(table);
      if (!(await this.#guard.tableExists(table))) {
        children.push(skipped('table', name, `table ${name} does not exist`));
        continue;
      }
      const { outcome, failure } = await this.#group('table', name, (g) => body(table, g));
      children.push(outcome);
      first ??= failure;
    }
    const target = tables.map(nameOf).join(', ');
    const ok = groupOutcome({
      operation: 'forEachTable',
      target,
      children,
      attempt: { failure: undefined, undone: false },
      durationMs: performance.now() - started,
    });
    const failed = children.filter((c) => c.status === 'failed');
    const outcome: Outcome =
      failed.length === 0
        ? ok
        : { ...ok, status: 'failed', reason: `${failed.length} of ${children.length} tables failed` };
    this.#run.record(outcome);
    if (required && failed.length > 0) throw groupError('forEachTable', target, children, first);
    return outcome;
  }

  async when(conditions: Conditions, body: (g: G) => unknown): Promise<Outcome> {
    requireBody('when', body);
    requireKeys('when', 'conditions', conditions, CONDITIONS);
    if (Object.keys(conditions).length === 0)
      throw wrong('when', 'conditions', `must name at least one of ${CONDITIONS.join(', ')}`);
    const target = Object.entries(conditions)
      .map(([kind, name]) => `${kind} ${typeof name === 'object' ? nameOf(name) : String(name)}`)
      .join(', ');
    const lacking = await this.#lacking(conditions);
    if (lacking !== null) return this.#run.record(skipped('when', target, `${lacking} does not exist`));
    const run = this.#run.nested();
    const started = performance.now();
    await body(this.#make(run));
    const attempt = { failure: undefined, undone: false };
    return this.#run.record(
      groupOutcome({
        operation: 'when',
        target,
        children: run.outcomes,
        attempt,
        durationMs: performance.now() - started,
      }),
    );
  }

  async #lacking({ schema, table, column, extension }: Conditions): Promise<string | null> {
    if (column !== undefined && table === undefined)
      throw wrong('when', column, 'a column needs its table: { table, column }');
    if (schema !== undefined && !(await this.#guard.schemaExists(schema))) return `schema ${schema}`;
    if (extension !== undefined && !(await this.#guard.extensionExists(extension))) return `extension ${extension}`;
    if (table !== undefined && !(await this.#guard.tableExists(table))) return `table ${nameOf(table)}`;
    if (table !== undefined && column !== undefined && !(await this.#guard.columnExists(table, column)))
      return `column ${nameOf(table)}.${column}`;
    return null;
  }

  /** Runs the body as a group of its own; its failure comes back as a value. */
  async #group(
    operation: string,
    target: string,
    body: (g: G) => unknown,
  ): Promise<{ readonly outcome: Outcome; readonly failure: unknown }> {
    const run = this.#run.nested();
    const started = performance.now();
    const work = async (): Promise<unknown> => body(this.#make(run));
    const attempt =
      this.#run.settings.mode === 'plan' ? await passThrough(work) : await isolate(this.#run.session, work);
    const outcome = groupOutcome({
      operation,
      target,
      children: run.outcomes,
      attempt,
      durationMs: performance.now() - started,
    });
    if (attempt.failure !== undefined)
      emit(this.#run.settings, { type: 'warning', operation, target, message: outcome.reason ?? 'failed' });
    return { outcome, failure: attempt.failure };
  }
}

const CONDITIONS = ['schema', 'table', 'column', 'extension'] as const;

function requireBody(operation: string, body: unknown): void {
  if (typeof body !== 'function') throw wrong(operation, 'body', 'must be a function: (g) => …');
}

function readRequired(operation: string, options: AttemptOptions): boolean {
  requireKeys(operation, 'options', options, ['required']);
  return oneOf(operation, 'required', options.required, [true, false]) ?? false;
}

function skipped(operation: string, target: string, reason: string): Outcome {
  return { operation, target, status: 'skipped', reason, durationMs: 0, roundTrips: 1, children: [], steps: [] };
}

function nameOf(table: TableName): string {
  return typeof table === 'string' ? table : printName({ schema: table.schema, name: table.name });
}
