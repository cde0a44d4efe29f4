/** What all methods of a guard share: the host, and the way into the engine. */
import { splitOptions } from '../arguments.js';
import type { OperationOptions } from '../engine/context.js';
import { GuardRun } from '../engine/guard-run.js';
import type { Child } from '../engine/operation.js';
import type { ObjectName, TableName } from '../names.js';
import { type GuardOptions, resolveOptions } from '../options.js';
import type { Outcome } from '../outcome.js';
import { Questions } from '../questions.js';
import type { HostForms, Session } from '../session.js';
import { sql } from '../sql.js';

export abstract class Methods<F extends HostForms> extends Questions {
  protected readonly session: Session<F>;

  constructor(session: Session<F>, options: GuardOptions | GuardRun = {}) {
    super(options instanceof GuardRun ? options : new GuardRun(session as unknown as Session, resolveOptions(options)));
    this.session = session;
  }

  /** Runs an operation on a table, type or other named object. `bind` checks the other arguments; what it throws rejects the method. */
  protected async perform(
    operation: string,
    name: TableName,
    options: OperationOptions | undefined,
    bind: (name: ObjectName) => Child,
  ): Promise<Outcome> {
    const { common } = splitOptions(operation, options, []);
    return this.run.perform(bind(this.name(operation, name)), common);
  }

  /** A value; the host's own form of an expression as a fragment. */
  protected expression(value: unknown): unknown {
    const text = this.session.expression?.(value);
    return text === undefined ? value : sql.raw(text);
  }
}
