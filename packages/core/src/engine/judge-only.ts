/** What an operation finds, without a word about what is missing, refused or different: for whoever decides that himself. */
import type { RunContext } from './context.js';
import type { Child, Facts, Form, Step } from './operation.js';
import { foldPlan, look, type Verdict, verdictOf } from './prepare.js';

export interface Judged {
  readonly verdict: Verdict;
  readonly facts: Facts;
  /** What the operation, and what has to run before it, would do, up to where it would refuse. */
  readonly steps: readonly Step<Facts>[];
}

/** Inspects an operation and the parts of its object, and changes nothing. */
export async function judgeOnly(context: RunContext, bound: Child): Promise<Judged> {
  return bound.bind(async (operation, args): Promise<Judged> => {
    const seen = await operation.inspect(context.connection, args);
    const { facts, children, present } = await look(context, operation, args, seen);
    const form: Form = context.inHostTransaction ? 'plain' : 'online';
    // Without its parents nothing of it is there.
    if (facts.missing.length > 0) return { facts, steps: [], verdict: verdictOf(facts, facts.missing) };
    const steps = foldPlan(operation, facts, args, form).steps as readonly Step<Facts>[];
    // A refusal is no step, and not nothing either.
    const verdict = verdictOf(facts, operation.next(facts, args, form));
    if (verdict !== 'present') {
      const before: Step<Facts>[] = [];
      for (const each of children.before) before.push(...(await judgeOnly(context, each)).steps);
      return { facts, steps: [...before, ...steps], verdict };
    }
    for (const part of children.after) {
      if (present.has(part)) continue;
      const found = await judgeOnly(context, part);
      if (found.verdict !== 'present')
        return { facts, steps, verdict: found.verdict === 'absent' ? 'partial' : found.verdict };
    }
    return { facts, steps, verdict };
  });
}
