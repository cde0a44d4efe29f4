/** Where a body stops because nothing tells whether its rows are there already. */
import { RefusedError } from '../errors.js';

export function rowsUnknown(text: string): RefusedError {
  return new RefusedError({
    operation: 'migration',
    target: '',
    happened: `all statements before this one were done before this run; whether its rows were written as well nothing tells.\nThe statement: ${text}`,
    hint: 'Look at the rows. If the migration has run to its end, mark it as done in the ledger of your runner; if not, do by hand what is left of it, then mark it.',
  });
}

export function rowsBefore(operation: string, target: string): RefusedError {
  return new RefusedError({
    operation,
    target,
    happened:
      'it is done already, but statements before it have written rows now: they may have been written before as well.',
    hint: 'In a transaction nothing of it stays. Otherwise look at the rows, then mark the migration as done in the ledger of your runner.',
  });
}
