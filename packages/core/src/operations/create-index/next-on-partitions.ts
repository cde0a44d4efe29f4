/** The next step for the index of a partitioned table. Pure. */

import { beingBuilt } from '../../catalog/indexes.js';
import type { Refusal, Step } from '../../engine/operation.js';
import { type ObjectName, printName } from '../../names.js';
import { probeDuplicates } from './duplicates.js';
import type { CreateIndexFacts, CreateIndexState, Partition, PartitionState } from './facts.js';
import { attach, build, declare, dropInvalid, type Place, rebuild } from './steps.js';

/** A partition with what it has, and its place among the others. */
interface Part extends Partition, PartitionState {}

export function nextOnPartitions(facts: CreateIndexFacts, concurrently: boolean): Step<CreateIndexFacts> | Refusal {
  const refusal = refuse(facts, concurrently);
  if (refusal !== null) return refusal;
  const { state, wanted } = facts;
  const parts = partsOf(facts);
  const leaves = parts.filter((part) => part.kind === 'table');
  const all = wholeTree(facts, parts);
  // A part is never valid as a whole next to foreign tables, unless the server has made it as a whole.
  if (state.index === 'invalid' && parts.some((part) => part.kind === 'foreign table'))
    return dropInvalid(all, false, dropped);
  // The server would take these as they are, and leave the whole INVALID.
  const broken = leaves.find((part) => part.index === 'invalid' && !part.attached);
  if (broken !== undefined) return dropInvalid(placeOf(broken), concurrently, set(broken, { index: 'absent' }));
  const unbuilt = state.index === 'absent' || leaves.some((part) => part.index === 'absent');
  if (unbuilt && wanted.unique === true && !(facts.probed ?? []).includes('duplicates')) return probeDuplicates(facts);
  if (state.index === 'absent' && !concurrently) return build(facts, all, false, finished);
  if (state.index === 'absent')
    return declare(facts, all, (now) => ({ ...now, index: parts.length === 0 ? 'valid' : 'invalid' }));
  return nextPart(facts, parts, concurrently);
}

/** Whole before part for what is made, part before whole for what is attached. */
function nextPart(
  facts: CreateIndexFacts,
  parts: readonly Part[],
  concurrently: boolean,
): Step<CreateIndexFacts> | Refusal {
  for (const part of parts) {
    const place = placeOf(part);
    if (part.kind === 'partitioned table') {
      const empty = !parts.some((other) => other.of === part.on);
      if (part.index === 'absent') return declare(facts, place, set(part, { index: empty ? 'valid' : 'invalid' }));
    } else {
      if (part.index === 'absent') return build(facts, place, concurrently, set(part, { index: 'valid' }));
      if (part.index === 'invalid') return rebuild(place, concurrently, set(part, { index: 'valid' }));
    }
  }
  const loose = parts.findLast((part) => !part.attached);
  if (loose !== undefined)
    return attach(wholeOf(facts, parts, loose), placeOf(loose), WHY_ATTACH, attached(parts, loose));
  return facts.validatesAgain ? validate(facts, parts) : dropInvalid(wholeTree(facts, parts), false, dropped);
}

const WHY_ATTACH = 'makes the index of this partition a part of the whole; queries on this partition wait for a moment';

/** Everything is there and attached, but something was missing when it was: the server looks again when a part is attached once more. */
function validate(facts: CreateIndexFacts, parts: readonly Part[]): Step<CreateIndexFacts> | Refusal {
  const wholes = [
    { on: printName(facts.table), index: facts.state.index },
    ...parts.filter((part) => part.kind === 'partitioned table'),
  ];
  const whole = wholes.findLast((each) => each.index === 'invalid');
  const part = parts.find((each) => each.of === whole?.on);
  if (part === undefined)
    return {
      refuse: `the index of ${whole?.on ?? '?'} is INVALID, and it has no partition left whose index could make it valid.`,
      hint: `Drop the index as a whole, then run again:\n  await g.safeDropIndex('${printName(facts.name)}');`,
    };
  return attach(
    wholeOf(facts, parts, part),
    placeOf(part),
    'lets the server see that no part is missing any more',
    attached(parts, part),
  );
}

function refuse(facts: CreateIndexFacts, concurrently: boolean): Refusal | null {
  const { partitions, keyLacks, wanted } = facts;
  if (keyLacks.length > 0)
    return {
      refuse: `a unique index of a partitioned table must contain all columns that it is partitioned by. It lacks:\n${keyLacks.map((each) => `  ${each}`).join('\n')}`,
      hint: 'Add them to the columns, or make a unique index on each partition, which keeps keys unique in that partition alone.',
    };
  const foreign = partitions.filter((part) => part.kind === 'foreign table').map((part) => printName(part.table));
  if (foreign.length > 0 && (wanted.unique === true || concurrently))
    return {
      refuse: `these partitions are foreign tables, which have no indexes here: ${foreign.join(', ')}.`,
      hint:
        wanted.unique === true
          ? 'A unique index needs all partitions: detach them first.'
          : 'Built at once, while writers wait, the index leaves them out: pass { concurrently: false }. Or index the other partitions one by one.',
    };
  const builtBy = partitions.find((part) => part.builtBy !== null)?.builtBy ?? null;
  return builtBy === null ? null : beingBuilt(builtBy);
}

function partsOf({ partitions, state }: CreateIndexFacts): readonly Part[] {
  return (state.partitions ?? []).map((part, i) => ({ ...(partitions[i] as Partition), ...part }) as Part);
}

function wholeTree({ table, name }: CreateIndexFacts, parts: readonly Part[]): Place {
  return { table, index: name, id: '', along: parts.map((part) => part.table) };
}

function placeOf({ table, indexName, on }: Part): Place {
  return { table, index: indexName ?? table, id: ` on ${on}` };
}

function wholeOf(facts: CreateIndexFacts, parts: readonly Part[], { of }: Part): ObjectName {
  return parts.find((part) => part.on === of)?.indexName ?? facts.name;
}

type After = (state: CreateIndexState) => CreateIndexState;

function set({ on }: Part, change: Partial<PartitionState>): After {
  return (state) => ({
    ...state,
    partitions: (state.partitions ?? []).map((part) => (part.on === on ? { ...part, ...change } : part)),
  });
}

/** The server looks whether the whole has all its parts now, and then whether that in turn makes another whole complete. */
function attached(parts: readonly Part[], part: Part): After {
  return (state) => {
    const now = set(part, { attached: true })(state);
    const of = (on: string): PartitionState | undefined => now.partitions?.find((each) => each.on === on);
    const lacks = parts.some(
      (each) => each.of === part.of && !(of(each.on)?.attached === true && of(each.on)?.index === 'valid'),
    );
    if (lacks) return now;
    const whole = parts.find((each) => each.on === part.of);
    if (whole === undefined) return { ...now, index: 'valid' };
    const complete = set(whole, { index: 'valid' })(now);
    return of(whole.on)?.attached === true ? attached(parts, whole)(complete) : complete;
  };
}

function finished({ partitions = [] }: CreateIndexState): CreateIndexState {
  return { index: 'valid', partitions: partitions.map((part) => ({ ...part, index: 'valid', attached: true })) };
}

/** What is attached goes with the whole. */
function dropped({ partitions = [] }: CreateIndexState): CreateIndexState {
  return {
    index: 'absent',
    partitions: partitions.map((part) => (part.attached ? { ...part, index: 'absent', attached: false } : part)),
  };
}
