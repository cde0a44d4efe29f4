/** The run loop: inspect → next → execute → inspect, bounded. */
import {
  type Blocker,
  type HoldfastError,
  isHoldfastError,
  NOTHING_CHANGED,
  RefusedError,
  StepFailedError,
} from '../errors.js';
import type { Outcome, OutcomeStatus } from '../outcome.js';
import { emit, Ledger, overlayKey, parentKey, type RunContext } from './context.js';
import { changedByChildren, type End, inOne, reasonOf, skippedBy, statusOf } from './ended.js';
import { executeStep, planReport } from './execute.js';
import { refused } from './judge.js';
import {
  type Child,
  type Facts,
  isEnding,
  isRefusal,
  type Operation,
  type SqlStep,
  type Step,
  statementsOf,
} from './operation.js';
import { advance, type Known, knownOf, type Prepared, prepare, reconsider } from './prepare.js';
import { pause, sleep } from './retries.js';
import {
  changedBeside,
  DEADLOCK_DETECTED,
  endsSession,
  LOCK_NOT_AVAILABLE,
  lostRace,
  sqlState,
  translate,
} from './translate.js';

const MOST_ROUNDS = 20_000;
/** How often the same step may be asked for again before it counts as without effect. */
const MOST_REPEATS = 5;

/** Runs an operation, or in plan mode tells what it would do. Rejects with a `HoldfastError`; its `outcome` tells what was done. */
export async function runOperation(context: RunContext, bound: Child): Promise<Outcome> {
  const ledger = new Ledger(context.connection);
  try {
    const prepared = await prepare(context, bound);
    return context.settings.mode === 'plan'
      ? planned(context, ledger, prepared)
      : await carryOut(context, ledger, prepared);
  } catch (error) {
    const failure = translate({
      operation: bound.name,
      target: '',
      statement: 'inspection',
      left: NOTHING_CHANGED,
      error,
    });
    if (failure !== error && (await context.connection.transaction()) === 'aborted') failure.leaves(ABORTED);
    const status = failure instanceof RefusedError ? 'refused' : 'failed';
    failure.outcome ??= ledger.outcome({
      operation: bound.name,
      target: failure.target,
      status,
      reason: failure.happened,
    });
    throw failure;
  }
}

/** Plan mode: the outcome of what was prepared. Later plans of the same guard build on what this one would leave. */
function planned(context: RunContext, ledger: Ledger, prepared: Prepared): Outcome {
  const { overlay } = context;
  const toOutcome = (each: Prepared, from: Ledger): Outcome => {
    each.child.bind((operation, args) => {
      for (const parent of operation.provides?.(each.facts as never, args) ?? [])
        overlay.promised.add(parentKey(parent));
    });
    const after = each.plan.reduce((facts, step) => advance(facts, step), each.facts);
    if (each.plan.length > 0)
      overlay.facts.set(
        each.child.bind((_, args) => overlayKey(each.child.name, each.facts.target, args)),
        { ...after, missing: [] },
      );
    from.children.push(...[...each.before, ...each.after].map((c) => toOutcome(c, new Ledger(ledger.connection))));
    from.steps.push(...each.plan.map(planReport));
    const idle =
      each.undecided === undefined && each.plan.length === 0 && from.children.every((c) => c.status === 'unchanged');
    const left = idle && each.ending?.end === 'skipped' ? each.ending.reason : each.skipped;
    const status: OutcomeStatus = left !== undefined ? 'skipped' : idle ? 'unchanged' : 'planned';
    const said = each.plan.flatMap((step) => (step.kind === 'sql' ? (step.says ?? []) : []));
    return from.outcome({
      operation: each.child.name,
      target: each.facts.target,
      status,
      reason: left ?? each.undecided ?? inOne([each.facts.remark, ...said, each.ending?.reason]),
      assumes: each.assumes,
    });
  };
  return toOutcome(prepared, ledger);
}

async function carryOut(context: RunContext, ledger: Ledger, prepared: Prepared): Promise<Outcome> {
  const { child, facts } = prepared;
  const name = { operation: child.name, target: facts.target };
  if (prepared.skipped !== undefined) return ledger.outcome({ ...name, status: 'skipped', reason: prepared.skipped });
  try {
    for (const each of prepared.before)
      ledger.children.push(await carryOut(context, new Ledger(context.connection, ledger), each));
    const end = await child.bind((operation, args) => loop(context, ledger, prepared, operation, args));
    const skipped = end.skipped ?? skippedBy(end.ending, ledger);
    if (skipped !== undefined) return ledger.outcome({ ...name, status: 'skipped', reason: skipped });
    for (const each of end.after) {
      // What was prepared before the own steps ran may have been prepared on promises.
      const fresh = ledger.steps.length === 0 && each.assumes.length === 0 ? each : await prepare(context, each.child);
      ledger.children.push(await carryOut(context, new Ledger(context.connection, ledger), fresh));
    }
    const status = statusOf(end.verdict, prepared, ledger);
    return ledger.outcome({
      operation: child.name,
      target: facts.target,
      status,
      reason: reasonOf(context, ledger, facts, end),
    });
  } catch (error) {
    const left = leftBehind(context, ledger);
    const failure = translate({ ...name, statement: '', left, error });
    if (failure.left === NOTHING_CHANGED && left !== NOTHING_CHANGED) failure.leaves(left);
    const status = failure instanceof RefusedError ? 'refused' : 'failed';
    failure.outcome = ledger.outcome({ ...name, status, reason: failure.happened });
    throw failure;
  }
}

async function loop<A, F extends Facts>(
  context: RunContext,
  ledger: Ledger,
  prepared: Prepared,
  operation: Operation<A, F>,
  args: A,
): Promise<End> {
  let plan: Omit<Prepared, 'child'> = changedByChildren(ledger)
    ? await reconsider(context, operation, args, {})
    : prepared;
  let facts = plan.facts as F;
  let { verdict } = prepared;
  const taken = new Map<string, number>();
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const after = plan.after.length === 0 ? prepared.after : plan.after;
    if (plan.skipped !== undefined) return { facts, verdict, after, skipped: plan.skipped };
    const step = operation.next(facts, args, plan.form);
    if (step === null) return { facts, verdict, after };
    if (isRefusal(step)) throw refused(operation.name, facts, step);
    if (isEnding(step)) {
      emit(context.settings, {
        type: 'warning',
        operation: operation.name,
        target: facts.target,
        message: step.reason,
      });
      return { facts, verdict, after, ending: step };
    }
    if ((taken.get(step.id) ?? 0) >= MOST_REPEATS) throw withoutEffect(operation.name, facts, step);
    const next = await takeStep({
      context,
      ledger,
      prepared: { ...plan, child: prepared.child },
      operation,
      args,
      facts,
      step,
    });
    if (next !== null) {
      taken.set(step.id, (taken.get(step.id) ?? 0) + 1);
      facts = next;
      // What a probe has found may make a risk of the steps behind it: they are judged anew before any of them is taken.
      if (step.kind !== 'probe' || facts.findings?.[step.id] === undefined) continue;
    }
    plan = await reconsider(context, operation, args, knownOf(facts));
    facts = plan.facts as F;
    // As long as this run has changed nothing, what counts is what somebody else has made of it meanwhile.
    if (ledger.changes === 0 && ledger.rows === undefined && ledger.retries === 0) verdict = plan.verdict;
  }
  throw withoutEffect(operation.name, facts, { id: 'any', sql: '' });
}

interface Turn<A, F extends Facts> {
  readonly context: RunContext;
  readonly ledger: Ledger;
  readonly prepared: Prepared;
  readonly operation: Operation<A, F>;
  readonly args: A;
  readonly facts: F;
  readonly step: Step<F>;
}

/** Null when the database was not what the step was planned for: nothing was done, decide anew. */
async function takeStep<A, F extends Facts>(turn: Turn<A, F>): Promise<F | null> {
  const { context, ledger, operation, args, facts, step } = turn;
  const look = (): Promise<F> => inspect(context, operation, facts, args);
  const result = await tryStep(turn, look);
  if (result === null) return null;
  if (result.report === undefined) return { ...(await look()), ...noted(facts, step, result.finding) };
  ledger.steps.push(result.report);
  if (step.kind === 'sql') {
    ledger.changes += 1;
    const { leaves } = step;
    ledger.done.push(...statementsOf(step).map((sql) => ({ sql, ...(leaves === undefined ? {} : { leaves }) })));
    for (const message of step.says ?? []) {
      ledger.said.push(message);
      emit(context.settings, { type: 'warning', operation: operation.name, target: facts.target, message });
    }
  }
  if (result.rows !== undefined) {
    ledger.rows ??= result.rows;
    ledger.underWay = 0;
    if (result.rows > 0) ledger.done.push({ sql: step.sql });
  }
  emit(context.settings, {
    type: 'step:done',
    operation: operation.name,
    target: facts.target,
    step: step.id,
    report: result.report,
  });
  const predicted = advance(facts, step);
  if (step.kind === 'probe') return { ...predicted, ...noted(predicted, step, result.finding) };
  const found = await look();
  const expected = JSON.stringify(predicted.state);
  if (expected !== JSON.stringify(found.state) || found.differences.some((d) => d.proved)) {
    emit(context.settings, {
      type: 'surprise',
      operation: operation.name,
      target: facts.target,
      predicted: predicted.state,
      found: found.state,
    });
    const contradiction = found.differences.find((d) => d.proved);
    if (contradiction !== undefined) throw notAsAsked(operation.name, found, contradiction.path);
  }
  return { ...found, ...knownOf(predicted) };
}

/** What is known, and what this step has found. */
function noted(facts: Facts, step: { readonly id: string }, finding: string | undefined): Known {
  const known = knownOf(facts);
  return finding === undefined ? known : { ...known, findings: { ...known.findings, [step.id]: finding } };
}

/** Null when the database is not what the step was planned for any more: look again. Without a report the step has failed, and that is no error. */
async function tryStep<A, F extends Facts>(
  { context, ledger, prepared, operation, args, facts, step }: Turn<A, F>,
  look: () => Promise<F>,
): Promise<{ readonly report?: Outcome['steps'][number]; readonly rows?: number; readonly finding?: string } | null> {
  const stillNeeded = async (): Promise<boolean> => {
    const now = await look();
    const next = operation.next(now, args, prepared.form);
    return (
      next !== null &&
      !isRefusal(next) &&
      !isEnding(next) &&
      next.id === step.id &&
      statementsOf(next).join() === statementsOf(step).join() &&
      JSON.stringify(next.risk) === JSON.stringify(step.risk) &&
      !now.differences.some((d) => d.proved)
    );
  };
  const left = (): string => leftBehind(context, ledger);
  const rowsBefore = ledger.rows ?? 0;
  let blockers: readonly Blocker[] = [];
  try {
    const { surroundings } = prepared;
    const result = await executeStep({
      context,
      operation: operation.name,
      target: facts.target,
      step,
      surroundings,
      stillNeeded,
      left,
      waitsFor: (now) => {
        blockers = now;
      },
      changedRows: (rows) => {
        ledger.rows = rowsBefore + rows;
        ledger.underWay = rows;
      },
    });
    return result.kind === 'changed' ? null : result;
  } catch (error) {
    const about = { operation: operation.name, target: facts.target, left: left(), error };
    const failure = translate({ ...about, statement: statementsOf(step).join(';\n'), blockers });
    const outside = step.kind === 'sql' && step.commit === 'outside';
    // "Nothing was changed" would be a guess here.
    const known = left() === NOTHING_CHANGED ? '' : `${left()}\n`;
    const state = sqlState(error);
    const lost = state === null ? !(await context.connection.answers()) : endsSession(state);
    if (lost) throw failure.leaves(context.inHostTransaction ? LOST_IN_HOST : `${known}${UNKNOWN}`);
    if ((await context.connection.transaction()) === 'aborted') throw failure.leaves(ABORTED);
    if (state === null) throw failure;
    if (lostRace(error) && !(await stillNeeded())) return null;
    if ((outside || changedBeside(error)) && (await triesAgain(context, ledger, error))) return null;
    const after = outside ? await afterFailure(look, facts) : '';
    const leftNow = after === '' ? left() : `${known}${after}`;
    const explained = step.kind === 'sql' && rowsAreToBlame(state) ? await explain(context, step) : null;
    if (typeof explained === 'string') return { finding: explained };
    throw (explained ?? failure).leaves(leftNow);
  }
}

const UNKNOWN =
  'The connection was lost: whether the last statement was carried out is not known. Running again finds out.';
const LOST_IN_HOST = "The connection was lost, and the migration's transaction with it: nothing of it stays.";

/**
 * CONCURRENTLY takes what it has begun with it into a deadlock: it is cleared away and begun again, a few times. So is what no lock keeps
 * apart from the same thing done by others.
 */
async function triesAgain(context: RunContext, ledger: Ledger, error: unknown): Promise<boolean> {
  const state = sqlState(error);
  if (state !== DEADLOCK_DETECTED && state !== LOCK_NOT_AVAILABLE && !changedBeside(error)) return false;
  ledger.retries += 1;
  if (ledger.retries > Math.min(context.settings.lockRetries, MOST_REPEATS)) return false;
  await sleep(pause(context.settings, ledger.retries));
  return true;
}

/** Classes 23, integrity constraint violation, and 22, data exception (manual, appendix A). */
function rowsAreToBlame(state: string): boolean {
  return state.startsWith('23') || state.startsWith('22');
}

/** The error that names the rows, when they are still there to be named; or what the step finds instead of an error. */
async function explain<F extends Facts>(context: RunContext, step: SqlStep<F>): Promise<HoldfastError | string | null> {
  try {
    return (await step.explain?.(context.connection)) ?? null;
  } catch (error) {
    if (isHoldfastError(error)) return error;
    throw error;
  }
}

/** What a failed statement outside of any transaction has left, such as an INVALID index. */
async function afterFailure(look: () => Promise<Facts>, before: Facts): Promise<string> {
  const [was, is] = [JSON.stringify(before.state), JSON.stringify((await look()).state)];
  return was === is ? '' : `The failed statement has left ${is}; running again repairs it.`;
}

const ABORTED = "The migration's transaction has failed: nothing of it stays once your runner has rolled it back.";

/** Tells what the steps done so far have left. */
function leftBehind(context: RunContext, ledger: Ledger): string {
  const { done, underWay } = ledger;
  const rows = context.inHostTransaction
    ? `${underWay} rows are changed in the migration's transaction.`
    : `${underWay} rows are changed and committed; running again goes on with the others.`;
  if (done.length === 0) return underWay > 0 ? rows : NOTHING_CHANGED;
  const where = context.inHostTransaction
    ? "Done in the migration's transaction, not committed"
    : 'Done and committed; running again continues from here';
  const { leaves } = done.at(-1) ?? {};
  return `${where}:\n${done.map((step) => `  ${step.sql}`).join('\n')}${leaves === undefined ? '' : `\n${leaves}`}${underWay > 0 ? `\n${rows}` : ''}`;
}

async function inspect<A, F extends Facts>(
  context: RunContext,
  operation: Operation<A, F>,
  before: F,
  args: A,
): Promise<F> {
  const found = await operation.inspect(context.connection, args);
  return { ...found, ...knownOf(before) };
}

function withoutEffect(
  operation: string,
  facts: Facts,
  step: { readonly id: string; readonly sql: string },
): StepFailedError {
  return new StepFailedError({
    operation,
    target: facts.target,
    happened: `step "${step.id}" was done several times and is still needed: something undoes it.\nThe statement: ${step.sql}`,
    left: `The state now: ${JSON.stringify(facts.state)}`,
    hint: 'Look for another deployment or an event trigger that works on the same object, then run again.',
  });
}

function notAsAsked(operation: string, facts: Facts, path: string): StepFailedError {
  const difference = facts.differences.find((d) => d.path === path);
  return new StepFailedError({
    operation,
    target: facts.target,
    happened: `the object was made, but ${path} is ${difference?.found ?? '?'} instead of ${difference?.expected ?? '?'}.`,
    left: 'The object stands as found.',
    hint: 'Another deployment may have changed it meanwhile, or an event trigger did: look, then run again.',
  });
}
