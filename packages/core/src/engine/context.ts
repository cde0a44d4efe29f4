/** What one run of an operation, children included, carries around. */
import { describe } from '../describe.js';
import type { GuardEvent } from '../events.js';
import type { Settings } from '../options.js';
import type { Outcome, StepReport } from '../outcome.js';
import type { Connection } from '../postgres/connection.js';
import type { Session } from '../session.js';
import { currentRehearsal } from '../whole/rehearsal.js';
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
  const plain = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
  return `${operation} ${target} ${JSON.stringify(args, plain)}`;
}

export function parentKey(parent: Parent): string {
  return `${parent.kind}:${parent.name}`;
}

/** Sends an event to the callback, and its line to the logger: what changes nothing at `debug`, what a person should read at `warn`. */
export function emit(settings: Settings, event: GuardEvent): void {
  const { logger } = settings;
  if (logger !== undefined) {
    const line = `${event.operation}: ${event.target}: ${describe(event)}`;
    if (event.type === 'step:done' || event.type === 'outcome') logger.info(line);
    else if (event.type === 'step:start' || event.type === 'phase' || event.type === 'progress') logger.debug?.(line);
    else logger.warn(line);
  }
  settings.onEvent?.(event);
  currentRehearsal()?.event(event);
}

/** A statement that ran, and what stands between it and the next one. */
export interface DoneStep {
  readonly sql: string;
  readonly leaves?: string;
}

/** Collects what becomes the outcome while an operation runs. */
export class Ledger {
  readonly steps: StepReport[] = [];
  /** Statements, and loops that came to their end, also those of the children, in the order in which they ran. */
  readonly done: DoneStep[];
  /** What the steps say to a person, for the reason. */
  readonly said: string[] = [];
  readonly children: Outcome[] = [];
  rows: number | undefined;
  /** Rows that the loop at hand has changed so far. */
  underWay = 0;
  /** Times that a build outside of any transaction was begun again. */
  retries = 0;
  /** Statements that changed the schema. */
  changes = 0;
  readonly #started = performance.now();
  readonly #tripsBefore: number;

  constructor(
    readonly connection: Connection,
    parent?: Ledger,
  ) {
    this.done = parent?.done ?? [];
    this.#tripsBefore = connection.roundTrips;
  }

  outcome(
    fields: Pick<Outcome, 'operation' | 'target' | 'status'> & {
      reason?: string | undefined;
      assumes?: readonly string[];
    },
  ): Outcome {
    const { operation, target, status, reason, assumes } = fields;
    const { children, steps } = this;
    const durationMs = performance.now() - this.#started;
    const roundTrips = this.connection.roundTrips - this.#tripsBefore - children.reduce((sum, c) => sum + trips(c), 0);
    const outcome: Writable<Outcome> = { operation, target, status, durationMs, roundTrips, children, steps };
    if (reason !== undefined) outcome.reason = reason;
    if (this.rows !== undefined) outcome.rows = this.rows;
    if (assumes !== undefined && assumes.length > 0) outcome.assumes = assumes;
    return outcome;
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function trips(outcome: Outcome): number {
  return outcome.roundTrips + outcome.children.reduce((sum, c) => sum + trips(c), 0);
}
