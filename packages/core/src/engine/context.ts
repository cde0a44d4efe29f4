/** What one run of an operation, children included, carries around. */
import type { GuardEvent } from '../events.js';
import type { Settings } from '../options.js';
import type { Outcome, StepReport } from '../outcome.js';
import type { Connection } from '../postgres/connection.js';
import type { Session } from '../session.js';
import type { Facts, Parent } from './operation.js';

/** Options that every operation takes. */
export interface OperationOptions {
  /** Lifts a refusal. The reason is logged and stands in the outcome. */
  readonly allow?: string;
  /** `skip` turns a missing parent into the outcome `skipped` instead of a `PrerequisiteError`. */
  readonly ifMissing?: 'throw' | 'skip';
}

export interface RunContext {
  readonly session: Session;
  readonly settings: Settings;
  readonly connection: Connection;
  readonly inHostTransaction: boolean;
  readonly options: OperationOptions;
  /** Things that do not exist yet but that an earlier step, or an earlier planned operation, makes. By `parentKey`. */
  readonly promised: ReadonlySet<string>;
  /** Plan mode: what earlier planned operations of this guard would leave. */
  readonly overlay: Overlay;
}

/** Predictions of plan mode, by object. */
export interface Overlay {
  readonly promised: Set<string>;
  /** Facts after an operation, by `overlayKey`. */
  readonly facts: Map<string, Facts>;
}

/** The same operation with other arguments is another one: what it would find is asked of the database. */
export function overlayKey(operation: string, target: string, args: unknown): string {
  return `${operation} ${target} ${JSON.stringify(args)}`;
}

export function parentKey(parent: Parent): string {
  return `${parent.kind}:${parent.name}`;
}

/** Sends an event to the callback, and what a person should read to the logger. */
export function emit(settings: Settings, event: GuardEvent): void {
  const { logger } = settings;
  const about = `${event.operation}: ${event.target}`;
  if (event.type === 'warning') logger?.warn(`${about}: ${event.message}`);
  if (event.type === 'surprise')
    logger?.warn(`${about}: the database is not what the step should have left; somebody else works on it.`);
  if (event.type === 'wait')
    logger?.warn(`${about}: waiting for a lock, try ${event.attempt}, next in ${event.pauseMs} ms.`);
  if (event.type === 'step:start') logger?.debug?.(`${about}: ${event.sql}`);
  if (event.type === 'outcome')
    logger?.info(
      `${about}: ${event.outcome.status}${event.outcome.reason === undefined ? '' : ` (${event.outcome.reason})`}`,
    );
  settings.onEvent?.(event);
}

/** Collects what becomes the outcome while an operation runs. */
export class Ledger {
  readonly steps: StepReport[] = [];
  readonly children: Outcome[] = [];
  rows: number | undefined;
  /** Times that a build outside of any transaction was begun again. */
  retries = 0;
  /** Statements that changed the schema. */
  changes = 0;
  readonly #started = performance.now();
  readonly #tripsBefore: number;

  constructor(readonly connection: Connection) {
    this.#tripsBefore = connection.roundTrips;
  }

  outcome(
    fields: Pick<Outcome, 'operation' | 'target' | 'status'> & {
      reason?: string | undefined;
      assumes?: readonly string[];
    },
  ): Outcome {
    const { operation, target, status, reason, assumes } = fields;
    const childTrips = this.children.reduce((sum, c) => sum + trips(c), 0);
    return {
      operation,
      target,
      status,
      ...(reason === undefined ? {} : { reason }),
      ...(this.rows === undefined ? {} : { rows: this.rows }),
      durationMs: performance.now() - this.#started,
      roundTrips: this.connection.roundTrips - this.#tripsBefore - childTrips,
      children: this.children,
      ...(assumes === undefined || assumes.length === 0 ? {} : { assumes }),
      steps: this.steps,
    };
  }
}

function trips(outcome: Outcome): number {
  return outcome.roundTrips + outcome.children.reduce((sum, c) => sum + trips(c), 0);
}
