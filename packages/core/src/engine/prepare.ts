/** Everything that is decided before the first change: verdict, plan, form, refusals, children included. Reads only. */

import { findNearMisses, printMissing } from '../catalog/near-misses.js';
import { MismatchError, NOTHING_CHANGED, PrerequisiteError, UnsupportedError } from '../errors.js';
import { type ObjectName, printName } from '../names.js';
import type { Difference } from '../outcome.js';
import { readBounded } from './bounded-read.js';
import { emit, overlayKey, parentKey, type RunContext } from './context.js';
import { judge, refused } from './judge.js';
import {
  type Child,
  type Children,
  child,
  type Ending,
  type Facts,
  type Form,
  isEnding,
  isRefusal,
  type Operation,
  type Parent,
  type Refusal,
  type Step,
} from './operation.js';
import { withParts } from './parts.js';
import { readSurroundings, type Surroundings } from './surroundings.js';

/** The five verdicts. */
export type Verdict = 'absent' | 'present' | 'partial' | 'different' | 'unproved';

export interface Prepared {
  readonly child: Child;
  readonly facts: Facts;
  readonly verdict: Verdict;
  readonly form: Form;
  readonly plan: readonly Step<Facts>[];
  readonly surroundings: Surroundings;
  /** Set when the operation ends here: left out on purpose. */
  readonly skipped?: string;
  /** Plan mode: whether it is there already is only decided when it is applied. */
  readonly undecided?: string;
  /** It ends before all is done, after the steps of the plan. */
  readonly ending?: Ending;
  readonly assumes: readonly string[];
  readonly before: readonly Prepared[];
  readonly after: readonly Prepared[];
}

/** A partitioned index takes two for each partition. */
const MOST_STEPS = 10_000;
const NO_SURROUNDINGS: Surroundings = {
  tables: new Map(),
  ownLockTimeout: false,
  ownStatementTimeout: false,
  deadlockTimeoutMs: 1_000,
  strong: [],
  readOnly: null,
};

const NO_CHILDREN: Children = { before: [], after: [] };
const NOTHING_TO_DO = {
  form: 'online',
  surroundings: NO_SURROUNDINGS,
  before: [],
  after: [],
  plan: [],
  assumes: [],
} as const;

/** The verdict, and nowhere else. `first` is the first step that `next` asks for. */
export function verdictOf(facts: Facts, first: unknown): Verdict {
  if (facts.differences.some((d) => d.proved)) return 'different';
  if (facts.differences.length > 0) return 'unproved';
  if (first === null) return 'present';
  return facts.begun ? 'partial' : 'absent';
}

/** Folds `next` over each step's own prediction. Pure. A refusal, or an end by wish, ends the plan. */
export function foldPlan<A, F extends Facts>(
  operation: Operation<A, F>,
  facts: F,
  args: A,
  form: Form,
): { readonly steps: readonly Step<F>[]; readonly refusal: Refusal | null; readonly ending?: Ending } {
  const steps: Step<F>[] = [];
  let current = facts;
  while (steps.length < MOST_STEPS) {
    const next = operation.next(current, args, form);
    if (next === null) return { steps, refusal: null };
    if (isRefusal(next)) return { steps, refusal: next };
    if (isEnding(next)) return { steps, refusal: null, ending: next };
    steps.push(next);
    current = advance(current, next);
  }
  throw new UnsupportedError({
    operation: operation.name,
    target: facts.target,
    happened: `the plan does not end within ${MOST_STEPS} steps.`,
    hint: 'This is a defect of Holdfast: please report it with the definition of the object.',
  });
}

/** Facts as the step predicts them. */
export function advance<F extends Facts>(facts: F, step: Step<F>): F {
  const told = step.kind === 'sql' && step.remembered !== true;
  const probed = told ? (facts.probed ?? []) : [...(facts.probed ?? []), step.id];
  return { ...facts, state: step.after(facts.state), probed };
}

/** What no catalog row tells: probes and loops that are done, and what they found. */
export type Known = Pick<Facts, 'probed' | 'findings'>;

/** What one inspection hands on to the next. */
export function knownOf({ probed = [], findings = {} }: Facts): Known {
  return { probed, findings };
}

/** Inspects and decides, without changing anything. Throws the typed error of what stands in the way. */
export function prepare(context: RunContext, bound: Child): Promise<Prepared> {
  return bound.bind((operation, args) => prepareBound(context, bound, operation, args));
}

async function prepareBound<A, F extends Facts>(
  context: RunContext,
  asked: Child,
  operation: Operation<A, F>,
  given: A,
): Promise<Prepared> {
  const seen = await operation.inspect(context.connection, given);
  const args = operation.pin?.(given, seen) ?? given;
  const bound = operation.pin === undefined ? asked : child(operation, args, asked.part);
  const { facts, children, present } = await look(context, operation, args, foreseen(context, operation, seen, args));
  const contradiction = contradict(context, operation.name, facts);
  if (contradiction !== null) return { child: bound, ...NOTHING_TO_DO, facts, ...contradiction };
  const forChildren = childContext(context, operation);
  // A child that runs before makes types at most: anything else is missed by the operation itself, not by a child that needs it as well.
  const missed = lackingOf(context, facts).some(({ kind }) => kind !== 'type');
  const before = missed ? [] : await prepareAll(forChildren, children.before);
  const promising = withPromises(context, before.flatMap(providedBy));
  const own = await decide(promising, operation, args, facts);
  if (own.skipped !== undefined) return { child: bound, ...own };
  if (children.after.length === 0) return { child: bound, ...own, before };
  const promises = withPromises(forChildren, [
    ...before.flatMap(providedBy),
    ...(operation.provides?.(facts, args) ?? []),
  ]);
  return { child: bound, ...own, before, after: await prepareAll(promises, children.after, present) };
}

/** Facts as the server's canonical form and the parts of the object, if it has any, make them. */
interface Looked<F extends Facts> {
  readonly facts: F;
  readonly children: Children;
  /** Parts that are there and equal: nothing is left to prepare. */
  readonly present: ReadonlyMap<Child, Prepared>;
}

export async function look<A, F extends Facts>(
  context: RunContext,
  operation: Operation<A, F>,
  args: A,
  seen: F,
): Promise<Looked<F>> {
  const facts = await settle(context, operation, seen, args);
  const children = operation.children?.(args, facts) ?? NO_CHILDREN;
  const parts = new Map<Child, Prepared>();
  if (children.whole === undefined) return { facts, children, present: parts };
  for (const each of children.after) {
    if (each.part === undefined) continue;
    const found = await each.bind((part, own) => lookAtPart(context, part, own));
    parts.set(each, { child: each, ...NOTHING_TO_DO, ...found });
  }
  const present = new Map([...parts].filter(([, { verdict }]) => verdict === 'present'));
  return { facts: withParts(facts, children.whole, [...parts.values()]), children, present };
}

async function lookAtPart<A, F extends Facts>(
  context: RunContext,
  operation: Operation<A, F>,
  args: A,
): Promise<Pick<Prepared, 'facts' | 'verdict'>> {
  const seen = await operation.inspect(context.connection, args);
  const facts = await settle(context, operation, foreseen(context, operation, seen, args), args);
  const form: Form = context.inHostTransaction ? 'plain' : 'online';
  const first = facts.missing.length > 0 ? facts.missing : operation.next(facts, args, form);
  return { facts, verdict: verdictOf(facts, first) };
}

/** What was found, or in plan mode what an earlier planned operation would leave. */
function foreseen<A, F extends Facts>(context: RunContext, operation: Operation<A, F>, seen: F, args: A): F {
  const { facts } = context.overlay;
  if (facts.size === 0) return seen;
  return (facts.get(overlayKey(operation.name, seen.target, args)) as F | undefined) ?? seen;
}

/** What is decided about an operation's own steps. */
type Own = Omit<Prepared, 'child'>;

/** Looks again, after the database has turned out not to be what was planned for, and decides anew: nothing of the old plan holds. */
export async function reconsider<A, F extends Facts>(
  context: RunContext,
  operation: Operation<A, F>,
  args: A,
  known: Known,
): Promise<Own> {
  const seen = { ...(await operation.inspect(context.connection, args)), ...known };
  const { facts, children, present } = await look(context, operation, args, seen);
  const contradiction = contradict(context, operation.name, facts);
  if (contradiction !== null) return { ...NOTHING_TO_DO, facts, ...contradiction };
  const own = await decide(context, operation, args, facts);
  if (children.whole === undefined) return own;
  // Somebody else has made the object meanwhile: its parts are to be finished now.
  return { ...own, after: await prepareAll(childContext(context, operation), children.after, present) };
}

/** Parents, plan, refusals: everything but the comparison. */
async function decide<A, F extends Facts>(
  context: RunContext,
  operation: Operation<A, F>,
  args: A,
  facts: F,
): Promise<Own> {
  const form: Form = context.inHostTransaction ? 'plain' : 'online';
  const lacking = lackingOf(context, facts);
  if (lacking.length > 0) {
    if (context.options.ifMissing !== 'skip')
      throw await missingParents(context, operation.name, facts.target, lacking);
    const names = lacking.map((p) => `${p.kind} ${p.name}`).join(', ');
    return { ...NOTHING_TO_DO, form, facts, verdict: 'absent', skipped: `missing: ${names}` };
  }
  const { steps, refusal, ending } = foldPlan(operation, facts, args, form);
  if (refusal !== null) throw refused(operation.name, facts, refusal);
  const surroundings =
    steps.length === 0
      ? NO_SURROUNDINGS
      : await readSurroundings(context, operation.name, facts.target, tablesOf(steps));
  judge(context, operation.name, facts, steps, surroundings);
  const plan = steps as readonly Step<Facts>[];
  const verdict = verdictOf(facts, steps[0] ?? null);
  const assumes = facts.missing.map((parent) => parent.name);
  const own = { form, facts, verdict, plan, surroundings, assumes, before: [], after: [] };
  return ending === undefined ? own : { ...own, ending };
}

/** Parents that neither exist nor will be there. */
function lackingOf(context: RunContext, facts: Facts): readonly Parent[] {
  return facts.missing.filter((parent) => !context.promised.has(parentKey(parent)));
}

/** `ifMissing: 'skip'` speaks of the table that was named: a child whose own parent is missing is an error. */
function childContext<A, F extends Facts>(context: RunContext, operation: Operation<A, F>): RunContext {
  if (operation.group === true || context.options.ifMissing === undefined) return context;
  const { ifMissing: _own, ...options } = context.options;
  return { ...context, options };
}

/** What contradicts the wish, or cannot be proved equal to it: an error, or how the operation ends without one. Null when nothing does. */
function contradict(
  context: RunContext,
  operation: string,
  facts: Facts,
): Pick<Prepared, 'verdict' | 'skipped' | 'undecided'> | null {
  const verdict = verdictOf(facts, null);
  if (verdict !== 'different' && verdict !== 'unproved') return null;
  const error = mismatch(operation, facts, verdict);
  // Plan mode writes nothing, not even the temporary table that would decide.
  if (verdict === 'unproved' && context.settings.mode === 'plan') return { verdict, undecided: error.happened };
  if (context.settings.onMismatch === 'throw') throw error;
  emit(context.settings, { type: 'warning', operation, target: facts.target, message: error.happened });
  return { verdict, skipped: `differs: ${error.happened}` };
}

async function prepareAll(
  context: RunContext,
  children: readonly Child[],
  present?: ReadonlyMap<Child, Prepared>,
): Promise<readonly Prepared[]> {
  const prepared: Prepared[] = [];
  let promises = context;
  for (const each of children) {
    const next = present?.get(each) ?? (await prepare(promises, each));
    prepared.push(next);
    // A later one may need what an earlier one makes: an index over two new columns.
    promises = withPromises(promises, providedBy(next));
  }
  return prepared;
}

function providedBy({ child, facts }: Prepared): readonly Parent[] {
  return child.bind((operation, args) => operation.provides?.(facts as never, args) ?? []);
}

function withPromises(context: RunContext, parents: readonly Parent[]): RunContext {
  return parents.length === 0
    ? context
    : { ...context, promised: new Set([...context.promised, ...parents.map(parentKey)]) };
}

/** Asks the server's canonical form where text alone could not prove equality; plan mode never writes, so it does not ask. */
async function settle<A, F extends Facts>(
  context: RunContext,
  operation: Operation<A, F>,
  facts: F,
  args: A,
): Promise<F> {
  const unproved = facts.differences.length > 0 && facts.differences.every((d) => !d.proved);
  if (!unproved && (facts.alike ?? []).length === 0) return facts;
  const mayAsk = operation.prove !== undefined && context.settings.mode === 'apply';
  const settled = mayAsk ? await prove(context, operation, facts, args) : facts;
  const { differences } = settled;
  if (differences.length === 0 || differences.some((d) => d.proved)) return settled;
  if (context.settings.onUnproved === 'throw') return settled;
  const message = `taken as equal though not proved: ${printDifferences(differences)}`;
  emit(context.settings, { type: 'warning', operation: operation.name, target: facts.target, message });
  return { ...settled, differences: [], remark: message };
}

/** The copy of the table needs ACCESS SHARE on it. */
function prove<A, F extends Facts>(context: RunContext, operation: Operation<A, F>, facts: F, args: A): Promise<F> {
  const surroundings = { ownLockTimeout: false, strong: [] };
  const waiting = {
    context,
    operation: operation.name,
    target: facts.target,
    locks: [],
    surroundings,
    left: () => NOTHING_CHANGED,
  };
  return readBounded(waiting, async () => (await operation.prove?.(context.connection, facts, args)) ?? facts);
}

function mismatch(operation: string, facts: Facts, verdict: Verdict): MismatchError {
  const happened =
    verdict === 'different'
      ? `it exists, but is not what is asked for:\n${printDifferences(facts.differences)}`
      : `it exists, and whether it is what is asked for cannot be proved:\n${printDifferences(facts.differences)}`;
  const hint =
    verdict === 'different'
      ? "Change the migration to what the database has, or change the object first; onMismatch: 'warn' leaves it as it is and goes on."
      : "If the two mean the same, pass onUnproved: 'accept'; or write the definition as the server prints it.";
  const advice = facts.advice === undefined ? hint : `${facts.advice}\n${hint}`;
  return new MismatchError({ operation, target: facts.target, happened, hint: advice, differences: facts.differences });
}

function printDifferences(differences: readonly Difference[]): string {
  return differences.map((d) => `  ${d.path}: expected ${d.expected}, found ${d.found}`).join('\n');
}

async function missingParents(
  context: RunContext,
  operation: string,
  target: string,
  parents: readonly Parent[],
): Promise<PrerequisiteError> {
  const missing = await findNearMisses(context.connection, parents);
  return new PrerequisiteError({
    operation,
    target,
    missing,
    happened: `something it needs does not exist:\n${printMissing(missing)}`,
    hint: `See which migrations ran:\n  ${context.session.commands.status}\nIf the object is optional here, pass { ifMissing: 'skip' }.`,
  });
}

function tablesOf<F extends Facts>(steps: readonly Step<F>[]): readonly ObjectName[] {
  const names = steps.flatMap((step) => [
    ...step.locks.filter((lock) => lock.kind === 'table').map((lock) => lock.on),
    ...(step.work.kind === 'catalog' ? [] : [step.work.of, ...(step.work.also ?? [])]),
  ]);
  return [...new Map(names.map((name) => [printName(name), name])).values()];
}
