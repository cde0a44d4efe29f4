/** Where a body stops because nothing tells whether its rows, or what else leaves no trace, are there already. */
import { RefusedError } from '../errors.js';

export type Traceless = 'rows' | 'schema';

/** `locked`: the name of the migration, where `holdfast.lock.json` knows it: then a mark of its own can be set. */
export function unknown(text: string, of: Traceless, locked: string | null): RefusedError {
  const [done, look] =
    of === 'rows' ? ['its rows were written', 'Look at the rows.'] : ['it was done', 'Look at what it changes.'];
  return new RefusedError({
    operation: 'migration',
    target: locked ?? '',
    happened: `all statements before this one were done before this run; whether ${done} as well nothing tells.\nThe statement: ${text}`,
    hint: `${look} If the migration has run to its end, ${mark(locked)}; if not, do by hand what is left of it, then mark it.${command(locked)}`,
  });
}

export function unknownBefore(operation: string, target: string, locked: string | null): RefusedError {
  return new RefusedError({
    operation,
    target,
    happened:
      'it is done already, but statements before it, of which nothing tells whether they were, have run now: they may have run before as well.',
    left: 'The statements before it stay, unless they ran in a transaction that is rolled back now.',
    hint: `Look at what they change. If all of the migration is done, ${mark(locked)}.${command(locked)}`,
  });
}

function mark(locked: string | null): string {
  return locked === null ? 'mark it as done in the ledger of your runner' : 'mark it as done';
}

function command(locked: string | null): string {
  return locked === null ? '' : `\n  npx holdfast mark-applied ${locked}`;
}
