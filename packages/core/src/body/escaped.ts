/** Errors that leave a body. */
import { sqlState, translate } from '../engine/translate.js';
import { isHoldfastError, RefusedError } from '../errors.js';
import type { Outcome } from '../outcome.js';

/** The driver's error, whatever a host has put around it. */
export function driverError(error: unknown): unknown {
  return (error as { driverError?: unknown } | null)?.driverError ?? error;
}

/** The statements that have failed, by the errors that were handed on for them. */
export class Failures {
  readonly #statements = new WeakMap<object, string>();

  async watch<T>(statement: string, answering: Promise<T>): Promise<T> {
    try {
      return await answering;
    } catch (error) {
      if (typeof error === 'object' && error !== null) this.#statements.set(error, statement);
      throw error;
    }
  }

  /** Null for an error of something else. */
  statementOf(error: unknown): string | null {
    const own = driverError(error);
    return typeof own === 'object' && own !== null ? (this.#statements.get(own) ?? null) : null;
  }
}

/** An error that leaves the body, as its runner will print it. */
export function explained(
  error: unknown,
  fields: { readonly migration: string; readonly left: string; readonly statement: string },
): unknown {
  if (isHoldfastError(error) || sqlState(error) === null) return error;
  const { migration, left, statement } = fields;
  return translate({ operation: migration, target: '', statement, left, error: driverError(error) });
}

/** For a statement that comes to its turn behind the end of a migration that has failed. */
export function tooLate(migration: string, statement: string): RefusedError {
  return new RefusedError({
    operation: 'migration',
    target: migration,
    happened: `the migration had failed before this statement came to its turn, and it was not sent.\nThe statement: ${statement}`,
    left: 'Nothing of it was done.',
    hint: 'The error of the migration itself tells what to do. Await each statement, so that none is left behind.',
  });
}

/** What a body has left behind when it fails. */
export function leftOf(outcomes: readonly Outcome[], inHostTransaction: boolean): string {
  if (inHostTransaction) return "Nothing of it stays: the runner rolls the migration's transaction back.";
  const done = outcomes.filter(({ status }) => status === 'applied' || status === 'repaired' || status === 'unguarded');
  if (done.length === 0) return 'Nothing of the schema was changed.';
  const list = done.flatMap(({ steps }) => steps.map(({ sql }) => `  ${sql.split('\n')[0]}`)).join('\n');
  return `Done before it, and committed unless the migration has taken it back itself:\n${list}`;
}
