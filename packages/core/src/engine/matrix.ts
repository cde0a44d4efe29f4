/**
 * Which form a step takes, by what it does to the table, the transaction it is in, and the size of the table. The one table of this
 * kind; docs/matrix.md shows what it means for each operation.
 */
import { blocksWriters } from './lock-modes.js';
import type { Facts, Step } from './operation.js';

/** What a step does to the rows of a table, and to those who write them meanwhile. */
export type Load = 'catalog' | 'scan, writers go on' | 'work, writers wait' | 'batches';

/** `large` from `largeTableBytes` on; `made here`: by the transaction that is open, so nobody else sees it. */
export type Size = 'small' | 'made here' | 'large';

/** `plain`: in the host's transaction, or in one of its own. `online`: commits by itself while traffic goes on. `refuse`: unless `allow` says why. */
export type Decision = 'plain' | 'online' | 'refuse';

const ALWAYS_PLAIN = { small: 'plain', 'made here': 'plain', large: 'plain' } as const;
const ALWAYS_ONLINE = { small: 'online', 'made here': 'online', large: 'online' } as const;
const UNLESS_LARGE = { small: 'plain', 'made here': 'plain', large: 'refuse' } as const;

export const MATRIX: Readonly<
  Record<'no transaction' | "the host's transaction", Readonly<Record<Load, Readonly<Record<Size, Decision>>>>>
> = {
  'no transaction': {
    catalog: ALWAYS_PLAIN,
    'scan, writers go on': ALWAYS_ONLINE,
    'work, writers wait': UNLESS_LARGE,
    batches: ALWAYS_ONLINE,
  },
  "the host's transaction": {
    catalog: ALWAYS_PLAIN,
    // Reported where the transaction keeps writers waiting already.
    'scan, writers go on': ALWAYS_PLAIN,
    'work, writers wait': UNLESS_LARGE,
    batches: UNLESS_LARGE,
  },
};

export function decide(inHostTransaction: boolean, load: Load, size: Size): Decision {
  return MATRIX[inHostTransaction ? "the host's transaction" : 'no transaction'][load][size];
}

export function loadOf<F extends Facts>(step: Step<F>): Load {
  if (step.work.kind === 'catalog') return 'catalog';
  if (step.kind === 'loop') return 'batches';
  const waits = step.kind === 'sql' && step.locks.some((lock) => blocksWriters(lock.mode));
  return waits ? 'work, writers wait' : 'scan, writers go on';
}
