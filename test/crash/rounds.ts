/** Which crashes are tried: drawn from a seed, so that a run can be repeated. */
import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { titleOf } from '../contract/cases.mjs';
import { HOSTS, type HostName, type TransactionForm } from '../support/hosts.mjs';
import { CRASH_CASES } from './cases.mjs';

/**
 * What happens to the migration: its process is killed; its sessions are ended, or its statement cancelled, from outside; the server is
 * restarted, orderly or as if it had crashed.
 */
export const KINDS = ['kill', 'terminate', 'cancel', 'restart fast', 'restart immediate'] as const;

export interface Round {
  readonly title: string;
  /** Of `CRASH_CASES`. */
  readonly index: number;
  readonly hostName: HostName;
  readonly form: TransactionForm;
  readonly major: number;
  readonly kind: (typeof KINDS)[number];
  /** When, as a part of the time that the operation has just taken undisturbed; the second time it takes a little less. */
  readonly moment: number;
  /** The next run does not wait until the server has noticed that the process is gone. */
  readonly atOnce: boolean;
}

const everything = process.env['HOLDFAST_CONTRACT'] === 'all';

/** HOLDFAST_SEED repeats the rounds of a run. `npm test` draws always the same, `npm run test:crash` others each time. */
export const seed = Number(process.env['HOLDFAST_SEED'] ?? (everything ? randomInt(2 ** 31) : 1));

/** HOLDFAST_ROUNDS, else 400 in `npm run test:crash` and 8 in `npm test`. */
const count = Number(process.env['HOLDFAST_ROUNDS'] ?? (everything ? 400 : 8));

/** HOLDFAST_CASE draws those cases alone whose title contains it: to meet again what a run has met once. */
const only = process.env['HOLDFAST_CASE'] ?? '';

/** Each operation and each kind of crash gets its share; the rest is drawn. */
export function rounds(majors: readonly number[]): readonly Round[] {
  const shuffled = <T>(of: readonly T[]): fc.Arbitrary<T[]> =>
    fc.noBias(fc.shuffledSubarray([...of], { minLength: of.length }));
  const drawn = fc.noBias(
    fc.record({
      hostName: fc.constantFrom(...HOSTS),
      form: fc.constantFrom<TransactionForm>('none', 'none', 'transaction'),
      major: fc.constantFrom(...majors),
      permille: fc.nat(850),
      atOnce: fc.boolean(),
    }),
  );
  const decks = <T>(of: readonly T[]): T[] =>
    fc.sample(shuffled(of), { seed, numRuns: Math.ceil(count / of.length) }).flat();
  const indexes = decks([...CRASH_CASES.keys()].filter((index) => titleOf(CRASH_CASES[index] as never).includes(only)));
  const kinds = decks(KINDS);
  return fc.sample(drawn, { seed, numRuns: count }).map(({ permille, ...each }, i) => {
    const [index, kind] = [indexes[i] as number, kinds[i] as Round['kind']];
    const moment = permille / 1000;
    const where = `${each.hostName}, ${each.form === 'none' ? 'no transaction' : 'in a transaction'}, PostgreSQL ${each.major}`;
    const title = `round ${i + 1}: ${titleOf(CRASH_CASES[index] as never)} (${where}), ${kind} at ${moment}`;
    return { title, ...each, index, kind, moment };
  });
}
