/** Runs a body from its beginning to its end: also what it did not await, and what escapes from it. */
import type { Body } from './body.js';

/** The bodies that run now, and who hears of a rejection that nobody awaits. */
const running = new Map<Body, (error: unknown) => void>();

/** One for all bodies: what none of them has caused is as if nobody listened. */
function listen(error: unknown): void {
  const cause = [...running].find(([body]) => body.caused(error));
  if (cause !== undefined) cause[1](error);
  else if (process.listenerCount('unhandledRejection') === 1) throw error;
}

function leave(body: Body): void {
  running.delete(body);
  if (running.size === 0) process.removeListener('unhandledRejection', listen);
}

/**
 * Resolves with what `up` resolves with, once all that it has sent is answered. Rejects with the guard's own errors as they are, with those
 * of the server as errors of this package, and with anything else that `up` throws untouched. A rejection that nobody awaits is the
 * migration's failure, and not the end of the process.
 */
export async function runBody<T>(body: Body, up: () => Promise<T> | T): Promise<T> {
  let unheard: { readonly error: unknown } | undefined;
  if (running.size === 0) process.on('unhandledRejection', listen);
  running.set(body, (error) => {
    unheard ??= { error };
  });
  try {
    const result = await up();
    await body.idle();
    if (unheard !== undefined) throw (unheard as { readonly error: unknown }).error;
    return result;
  } catch (error) {
    await body.giveUp();
    throw body.explain(error);
  } finally {
    // What it has sent besides, and nobody awaits, may fail later, behind its own failure, and is heard of no more.
    if (body.isIdle) leave(body);
    else void body.idle().then(() => leave(body));
  }
}
