/** Lends a connection to one operation or question, keeps the turn on it, and collects the outcomes. */

import { isHoldfastError, NOTHING_CHANGED, RefusedError, UnsupportedError } from '../errors.js';
import type { Settings } from '../options.js';
import type { Outcome } from '../outcome.js';
import { Connection } from '../postgres/connection.js';
import { recall } from '../postgres/known.js';
import { inTurn } from '../postgres/queue.js';
import type { Lease, Session } from '../session.js';
import { currentRehearsal } from '../whole/rehearsal.js';
import { emit, type OperationOptions, type Overlay } from './context.js';
import type { Child } from './operation.js';
import { runOperation } from './run.js';
import { IN_FAILED_TRANSACTION, sqlState, translate } from './translate.js';
import { untilEnded } from './unfinished.js';

export class GuardRun {
  readonly outcomes: Outcome[];
  readonly session: Session;
  readonly settings: Settings;
  readonly overlay: Overlay;

  constructor(
    session: Session,
    settings: Settings,
    overlay: Overlay = { promised: new Set(), facts: new Map() },
    outcomes: Outcome[] = [],
  ) {
    this.outcomes = outcomes;
    this.session = session;
    this.settings = settings.logger === undefined ? { ...settings, logger: session.logger } : settings;
    this.overlay = overlay;
  }

  /** A run with outcomes of its own, on the same connection and with the same settings. */
  nested(): GuardRun {
    return new GuardRun(this.session, this.settings, this.overlay);
  }

  /** The same run, with names without a schema belonging to this one. */
  inSchema(schema: string): GuardRun {
    return new GuardRun(this.session, { ...this.settings, schema }, this.overlay, this.outcomes);
  }

  /** Runs an operation and records its outcome, also when it fails. */
  async perform(bound: Child, options: OperationOptions = {}): Promise<Outcome> {
    if (this.settings.mode === 'apply') currentRehearsal()?.operation(bound.name);
    try {
      const running = this.#withConnection(bound.name, (connection) => this.#run(connection, bound, options));
      return this.record(await untilEnded(bound.name, running));
    } catch (error) {
      if (isHoldfastError(error) && error.outcome !== undefined) this.record(error.outcome);
      throw error;
    }
  }

  /** Asks a question. Errors of the server come as errors of this package. */
  async ask<T>(operation: string, question: (connection: Connection) => Promise<T>): Promise<T> {
    return this.#withConnection(operation, async (connection) => {
      try {
        await refuseUnusable(connection, operation, this.session);
        return await question(connection);
      } catch (error) {
        throw translate({ operation, target: '', statement: 'a query', left: '', error });
      }
    });
  }

  record(outcome: Outcome): Outcome {
    this.outcomes.push(outcome);
    emit(this.settings, { type: 'outcome', operation: outcome.operation, target: outcome.target, outcome });
    return outcome;
  }

  async #run(connection: Connection, bound: Child, options: OperationOptions): Promise<Outcome> {
    const { session, settings, overlay } = this;
    const state = await refuseUnusable(connection, bound.name, session);
    return runOperation(
      {
        session,
        settings,
        connection,
        inHostTransaction: state === 'host',
        options,
        promised: overlay.promised,
        overlay,
      },
      bound,
    );
  }

  async #withConnection<T>(operation: string, use: (connection: Connection) => Promise<T>): Promise<T> {
    const lease = await this.#lease(operation);
    return await inTurn(lease.client, async () => {
      recall(lease.client).asides += 1;
      try {
        return await use(new Connection(lease.client, this.session));
      } catch (error) {
        // The state was asked for before the driver had heard of the failure.
        const cause = isHoldfastError(error) ? error.cause : error;
        throw sqlState(cause) === IN_FAILED_TRANSACTION ? failedTransaction(operation, this.session) : error;
      } finally {
        await lease.release();
      }
    });
  }

  async #lease(operation: string): Promise<Lease> {
    try {
      return await this.session.lease();
    } catch (error) {
      throw translate({ operation, target: '', statement: 'connecting', left: NOTHING_CHANGED, error });
    }
  }
}

/** A failed transaction takes nothing but ROLLBACK: said before anything is sent. */
export async function refuseUnusable(
  connection: Connection,
  operation: string,
  session: Session,
): Promise<'none' | 'host'> {
  const state = await connection.transaction();
  if (state === 'aborted') throw failedTransaction(operation, session);
  return state;
}

function failedTransaction(operation: string, session: Session): RefusedError {
  return new RefusedError({
    operation,
    target: '',
    happened: 'an earlier statement has failed, and its transaction takes nothing but ROLLBACK.',
    hint: session.cure('recovery'),
  });
}

/** Refuses servers that only look like PostgreSQL. */
export function unsupportedDialect(dialect: string): UnsupportedError {
  return new UnsupportedError({
    operation: 'guard',
    target: dialect,
    happened: `${dialect} is not supported.`,
    hint: 'Holdfast works on PostgreSQL 13 to 18.',
  });
}
