/** Runs a statement as it is written, under the policy for locks that operations have. */
import type { RunContext } from '../engine/context.js';
import { emit } from '../engine/context.js';
import { executeStep } from '../engine/execute.js';
import { blocksWriters } from '../engine/lock-modes.js';
import { decide, loadOf, type Size } from '../engine/matrix.js';
import { CATALOG, type Facts, type Lock, type SqlStep, type Step, type Work } from '../engine/operation.js';
import { readSurroundings, type Surroundings } from '../engine/surroundings.js';
import { type ObjectName, printName } from '../names.js';
import type { StepReport } from '../outcome.js';
import { judgingOf } from '../reading/reading.js';
import type { PgResult } from '../session.js';
import { type JudgedClause, lookedAt } from './judge-clauses.js';

export interface Written {
  readonly does: string;
  readonly target: string;
  readonly text: string;
  readonly locks: readonly Lock[];
  readonly work: readonly Work[];
}

/** What the steps of the operations say of locks and work, and of the statement itself where no operation knows it. */
export function written(
  { does, target, text, locks }: Pick<Written, 'does' | 'target' | 'text' | 'locks'>,
  judged: readonly JudgedClause[],
): Written {
  const steps = judged.flatMap(({ found }) => found?.steps ?? []).filter((step) => step.kind === 'sql');
  const known = steps.flatMap((step) => step.locks).filter((lock) => lock.kind === 'table');
  const all = [...locks, ...known];
  const strongest = new Map<string, Lock>();
  for (const lock of all) {
    const key = printName(lock.on);
    const before = strongest.get(key);
    if (before === undefined || (!blocksWriters(before.mode) && blocksWriters(lock.mode))) strongest.set(key, lock);
  }
  return {
    does,
    target,
    text,
    locks: [...strongest.values()],
    work: judged.flatMap(workOf).filter((work) => work.kind !== 'catalog'),
  };
}

function workOf({ found, clause: { work } }: JudgedClause): readonly Work[] {
  const steps = (found?.steps ?? []).filter((step) => step.kind === 'sql');
  if (found !== null && steps.length === 0 && work !== undefined) return [work];
  return steps.map((step) => step.work);
}

export function tablesOf({ locks, work }: Written): readonly ObjectName[] {
  const names = [...locks.map((lock) => lock.on), ...work.flatMap(workedThrough)];
  return [...new Map(names.map((name) => [printName(name), name])).values()];
}

function workedThrough(work: Work): readonly ObjectName[] {
  return work.kind === 'catalog' ? [] : [work.of, ...(work.also ?? [])];
}

export function surroundingsOf(context: RunContext, statement: Written): Promise<Surroundings> {
  return readSurroundings(context, statement.does, statement.target, tablesOf(statement));
}

/**
 * What stands around a statement. On a large table, also what the statement works through, which operations tell: where nothing of it can be
 * there, none was asked.
 */
export async function lookAround(
  context: RunContext,
  statement: Written,
  judged: readonly JudgedClause[],
): Promise<{ readonly known: Written; readonly surroundings: Surroundings }> {
  const surroundings = await surroundingsOf(context, statement);
  if (!onLarge(context, surroundings) || judged.every(({ found }) => found !== null))
    return { known: statement, surroundings };
  const known = written(statement, await lookedAt(context, judged));
  return { known, surroundings: await surroundingsOf(context, known) };
}

/** Is one of its tables large, and seen by others? */
function onLarge({ settings }: RunContext, { tables }: Surroundings): boolean {
  return [...tables.values()].some(({ madeHere, bytes }) => !madeHere && bytes >= settings.largeTableBytes);
}

/** Does the statement work through a large table while writers wait? */
export function isHeavy(context: RunContext, statement: Written, { tables }: Surroundings): boolean {
  return statement.work.some((work) => {
    if (work.kind === 'catalog') return false;
    const found = [work.of, ...(work.also ?? [])].map((name) => tables.get(printName(name)));
    const others = found.filter((table) => table !== undefined).filter((table) => !table.madeHere);
    const bytes = others.reduce((sum, table) => sum + table.bytes, 0);
    const size: Size = others.length === 0 ? 'made here' : bytes < context.settings.largeTableBytes ? 'small' : 'large';
    return decide(context.inHostTransaction, loadOf(stepOf(statement, work)), size) === 'refuse';
  });
}

/** Do the operations take its place, in the form that keeps writers going? */
export async function goesOnline(
  context: RunContext,
  reading: Pick<Written, 'does' | 'target' | 'text' | 'locks'>,
  judged: readonly JudgedClause[],
): Promise<boolean> {
  const todo = judged.filter(({ is }) => is === 'to do');
  if (context.inHostTransaction || todo.length === 0 || !todo.every(stands)) return false;
  const statement = written(reading, todo);
  return statement.work.length > 0 && isHeavy(context, statement, await surroundingsOf(context, statement));
}

/** Can the operation of the clause run in its place? */
export function stands({ clause }: JudgedClause): boolean {
  return judgingOf(clause).stands === true;
}

/** Says what the statement will do to others, and how it would not. */
export function reportHeavy(
  context: RunContext,
  { does, target, text, work }: Written,
  { tables }: Surroundings,
): string {
  const size = [...new Set(work.flatMap(workedThrough).map(printName))]
    .map((name) => `${name} (${Math.round((tables.get(name)?.bytes ?? 0) / 1024 / 1024)} MB)`)
    .join(', ');
  const cure = context.inHostTransaction ? `\n${context.session.cure('no-transaction')}` : '';
  const message = `it works through ${size} while writers wait, as it is written.${cure}\nThe statement: ${text}`;
  emit(context.settings, { type: 'warning', operation: does, target, message });
  return `writers waited while it worked through ${size}`;
}

/** Says that the server has not done it. `passed`: its own words. */
export function reportPassed(
  { settings }: RunContext,
  { does, target, text }: Pick<Written, 'does' | 'target' | 'text'>,
  passed: string,
): void {
  const message = `the server has let it pass, and it is not as the statement says: ${passed}\nThe statement: ${text}`;
  emit(settings, { type: 'warning', operation: does, target, message });
}

function stepOf(statement: Written, work: Work): Step<Facts> {
  return {
    kind: 'sql',
    id: 'statement',
    why: 'the statement as it is written',
    sql: statement.text,
    locks: statement.locks,
    work,
    commit: 'own',
    after: (state) => state,
  } satisfies SqlStep<Facts>;
}

/** Rejects with `LockTimeoutError` when its locks are not granted in time, and with the driver's own error when the server refuses it. */
export async function runWritten(
  context: RunContext,
  statement: Written,
  surroundings: Surroundings,
): Promise<StepReport> {
  const { does, target } = statement;
  const result = await executeStep({
    context,
    operation: does,
    target,
    step: stepOf(statement, statement.work[0] ?? CATALOG),
    surroundings,
    stillNeeded: () => Promise.resolve(true),
    left: () => 'The statement was not carried out; those before it stand.',
    waitsFor: () => undefined,
    changedRows: () => undefined,
  });
  if (result.kind === 'changed') throw new TypeError('unreachable: the statement is always needed');
  return result.report;
}

/** As a step, where no operation knows the statement. */
export function asWritten(sql: string): StepReport {
  return { sql, locks: [], why: 'the statement as it is written' };
}

/** What the driver answers to a statement that changes the schema. */
export function nothingDone(text: string): PgResult {
  const command = /[A-Za-z]+/.exec(text)?.[0]?.toUpperCase() ?? '';
  return { command, rowCount: null, oid: null, rows: [], fields: [] } as PgResult;
}

/** What is left of a statement of which a part was done. */
export async function sendText(context: RunContext, text: string): Promise<PgResult> {
  return { ...nothingDone(text), rowCount: await context.connection.change(text) };
}
