/** Errors that leave a body. */
import { sqlState, translate } from '../engine/translate.js';
import { isHoldfastError } from '../errors.js';

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
