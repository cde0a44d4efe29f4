/** Runs a body from its beginning to its end: also what it did not await, and what escapes from it. */
import type { Body } from './body.js';

/**
 * Resolves with what `up` resolves with, once all that it has sent is answered. Rejects with the guard's own errors as they are, with those
 * of the server as errors of this package, and with anything else that `up` throws untouched. A rejection that nobody awaits is the
 * migration's failure, and not the end of the process.
 */
export async function runBody<T>(body: Body, up: () => Promise<T> | T): Promise<T> {
  let unheard: { readonly error: unknown } | undefined;
  const listen = (error: unknown): void => {
    if (body.caused(error)) unheard ??= { error };
    // As if nobody listened.
    else if (process.listenerCount('unhandledRejection') === 1) throw error;
  };
  process.on('unhandledRejection', listen);
  try {
    const result = await up();
    await body.idle();
    if (unheard !== undefined) throw unheard.error;
    return result;
  } catch (error) {
    throw body.explain(error);
  } finally {
    process.removeListener('unhandledRejection', listen);
  }
}
