/** What the parts of a body hand to each other. */
import type { RunContext } from '../engine/context.js';
import type { GuardRun } from '../engine/guard-run.js';
import type { Outcome, OutcomeStatus, StepReport } from '../outcome.js';
import type { Connection } from '../postgres/connection.js';
import type { Answered } from '../postgres/tap.js';
import type { JournalRecord } from '../whole/journal.js';
import type { JudgedClause } from './judge-clauses.js';

export interface Beginning {
  readonly sure: boolean;
  readonly record: JournalRecord | null;
  readonly anyway: boolean;
}

export interface Execution {
  readonly judged: readonly JudgedClause[];
  readonly text: string;
  /** Sends the message as it came; undefined when only a part of it is to do. */
  readonly send: (() => Promise<Answered>) | undefined;
  readonly started: number;
}

export interface Recorded {
  readonly status: OutcomeStatus;
  readonly started: number;
  readonly reason?: string;
  readonly steps?: readonly StepReport[];
  readonly children?: readonly Outcome[];
  readonly does?: string;
}

/** For one statement, as the transaction stands now. */
export async function contextOf({ settings, session, overlay }: GuardRun, connection: Connection): Promise<RunContext> {
  const state = await connection.transaction();
  return {
    session,
    settings,
    connection,
    inHostTransaction: state !== 'none',
    options: {},
    promised: overlay.promised,
    overlay,
  };
}

/** Resolves when none of them is open, and whoever waited for them has had his turn. */
export async function idle(open: ReadonlySet<Promise<unknown>>): Promise<void> {
  do {
    await Promise.allSettled([...open]);
    await new Promise((resolve) => setImmediate(resolve));
  } while (open.size > 0);
}

/** Resolves when the promise does, or after so many milliseconds. */
export async function within(ms: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, passed]);
  clearTimeout(timer);
}
