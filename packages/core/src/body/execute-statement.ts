/** Carries out what is to do of one statement: as it is written, or by the operations that keep writers going. */
import type { RunContext } from '../engine/context.js';
import { runOperation } from '../engine/run.js';
import type { Outcome, OutcomeStatus } from '../outcome.js';
import type { Answered } from '../postgres/tap.js';
import { judgingOf, type SchemaReading } from '../reading/reading.js';
import type { Execution, Recorded } from './execution.js';
import type { HeldTables } from './held-tables.js';
import { type JudgedClause, operationsOf } from './judge-clauses.js';
import {
  asWritten,
  isHeavy,
  lookAround,
  nothingDone,
  reportHeavy,
  runWritten,
  sendText,
  stands,
  tablesOf,
  written,
} from './run-statement.js';

/** `held`: of the host's transaction that it runs in; null outside of one. Rejects as `runWritten` and `runOperation` do. */
export async function executeStatement(
  context: RunContext,
  reading: SchemaReading,
  { judged, text, send, started }: Execution,
  held: HeldTables | null,
): Promise<{ readonly outcome: Recorded; readonly answered: Answered }> {
  const statement = written({ ...reading, text }, judged);
  const unjudged = judged.flatMap(whyUnjudged);
  const status: OutcomeStatus = unjudged.length > 0 ? 'unguarded' : 'applied';
  const reason = unjudged.length > 0 ? { reason: unjudged.join('; ') } : {};
  if (reading.outside === true && (context.inHostTransaction || !judged.every(stands))) {
    const answered = await (send ?? (() => sendText(context, text)))();
    const why = 'it runs outside of any transaction';
    return { answered, outcome: { status: 'unguarded', reason: why, started, steps: [asWritten(text)] } };
  }
  const settle = (): void => {
    if (reading.creates !== undefined) held?.made(reading.creates);
  };
  if (send !== undefined && tablesOf(statement).length === 0) {
    const answered = await send();
    settle();
    return { answered, outcome: { status, ...reason, started, steps: [asWritten(text)] } };
  }
  if (held?.cover(statement) === true) {
    await held.run(context, statement);
    settle();
    return { answered: nothingDone(text), outcome: { status, ...reason, started, steps: [asWritten(text)] } };
  }
  const { known, surroundings } = await lookAround(context, statement, judged);
  const heavy = isHeavy(context, known, surroundings);
  if (!context.inHostTransaction && (reading.outside === true || heavy) && judged.every(stands)) {
    const children: Outcome[] = [];
    for (const child of operationsOf(judged)) children.push(await runOperation(context, child));
    return { answered: nothingDone(text), outcome: { status: 'applied', started, children } };
  }
  const said = heavy ? { reason: reportHeavy(context, known, surroundings) } : reason;
  const step = await runWritten(context, known, surroundings);
  if (reading.renames !== true) held?.learn(context, known, surroundings);
  settle();
  return { answered: nothingDone(text), outcome: { status, ...said, started, steps: [step] } };
}

/** On what is new there is nothing to judge. */
function whyUnjudged({ clause, isNew }: JudgedClause): readonly string[] {
  if (isNew === true) return [];
  const { judge } = judgingOf(clause);
  return judge !== 'again' && 'why' in judge ? [judge.why] : [];
}
