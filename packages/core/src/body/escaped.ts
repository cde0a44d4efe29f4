/** Errors that leave a body. */
import { sqlState, translate } from '../engine/translate.js';
import { isHoldfastError } from '../errors.js';
import type { Outcome } from '../outcome.js';

/** The driver's error, whatever a host has put around it. */
export function driverError(error: unknown): unknown {
  return (error as { driverError?: unknown } | null)?.driverError ?? error;
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

/** What a body has left behind when it fails. */
export function leftOf(outcomes: readonly Outcome[], inHostTransaction: boolean): string {
  if (inHostTransaction) return "Nothing of it stays: the runner rolls the migration's transaction back.";
  const done = outcomes.filter(({ status }) => status === 'applied' || status === 'repaired' || status === 'unguarded');
  if (done.length === 0) return 'Nothing of the schema was changed.';
  const list = done.flatMap(({ steps }) => steps.map(({ sql }) => `  ${sql.split('\n')[0]}`)).join('\n');
  return `Done before it, and committed unless the migration has taken it back itself:\n${list}`;
}
