/** The guard: the methods that users call. Each one checks its arguments, then hands an operation to the engine. */
import type { GuardRun } from '../engine/guard-run.js';
import { type AttemptOptions, type Conditions, Flow } from '../flow/flow.js';
import { makeReport, type Report } from '../flow/report.js';
import type { TableName } from '../names.js';
import type { Outcome } from '../outcome.js';
import type { HostForms, Session } from '../session.js';
import { DataMethods } from './data.js';

/**
 * Guarded operations on one host. Operations resolve to an `Outcome` or reject with a `HoldfastError`; checks never reject because
 * something is missing. Operations on one connection run one after the other, also under `Promise.all`.
 *
 * Its methods stand in one file for each group: questions.ts, guard/tables.ts, columns.ts, indexes.ts, constraints.ts, enums.ts,
 * objects.ts, data.ts.
 */
export class Guard<F extends HostForms = HostForms> extends DataMethods<F> {
  /** Runs a part of the migration that may fail: its failure is reported and, in a transaction, taken back by a savepoint. */
  async attempt(name: string, body: (g: this) => unknown, options?: AttemptOptions): Promise<Outcome> {
    return this.#flow().attempt(name, body, options);
  }
  /** Runs the body for each table that exists, each as an attempt. With `required` everything is tried and then one error is thrown. */
  forEachTable<T extends TableName>(
    tables: readonly T[],
    body: (table: T, g: this) => unknown,
    options?: AttemptOptions,
  ): Promise<Outcome> {
    return this.#flow().forEachTable(tables, body, options);
  }
  /** Runs the body only where all that is named exists; else the outcome is `skipped`. */
  when(conditions: Conditions, body: (g: this) => unknown): Promise<Outcome> {
    return this.#flow().when(conditions, body);
  }
  /** All outcomes of this guard so far. `String(report)` is for people. */
  report(): Report {
    return makeReport(this.run.settings.migrationId, this.run.outcomes);
  }

  #flow(): Flow<this> {
    const make = (run: GuardRun): this =>
      new (this.constructor as new (session: Session<F>, run: GuardRun) => this)(this.session, run);
    return new Flow(this, this.run, make);
  }
}
