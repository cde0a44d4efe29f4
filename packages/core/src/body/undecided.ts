/** Where a body stops because nothing tells whether its rows are there already. */
import { RefusedError } from '../errors.js';

/** `locked`: the name of the migration, where `holdfast.lock.json` knows it: then a mark of its own can be set. */
export function rowsUnknown(text: string, locked: string | null): RefusedError {
  return new RefusedError({
    operation: 'migration',
    target: locked ?? '',
    happened: `all statements before this one were done before this run; whether its rows were written as well nothing tells.\nThe statement: ${text}`,
    hint: `Look at the rows. If the migration has run to its end, ${mark(locked)}; if not, do by hand what is left of it, then mark it.${command(locked)}`,
  });
}

export function rowsBefore(operation: string, target: string, locked: string | null): RefusedError {
  return new RefusedError({
    operation,
    target,
    happened:
      'it is done already, but statements before it have written rows now: they may have been written before as well.',
    hint: `In a transaction nothing of it stays. Otherwise look at the rows, then ${mark(locked)}.${command(locked)}`,
  });
}

function mark(locked: string | null): string {
  return locked === null ? 'mark it as done in the ledger of your runner' : 'mark it as done';
}

function command(locked: string | null): string {
  return locked === null ? '' : `\n  npx holdfast mark-applied ${locked}`;
}
