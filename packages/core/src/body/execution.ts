/** What the parts of a body hand to each other. */
import type { Outcome, OutcomeStatus, StepReport } from '../outcome.js';
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
