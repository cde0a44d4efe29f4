/**
 * Operations on one connection run one after the other, whatever the caller does with `Promise.all`: savepoints and settings of two
 * operations must not interleave. User code that holds the turn (`attempt`) may start operations of its own: they queue behind each
 * other inside that turn.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

class Queue {
  #tail: Promise<void> = Promise.resolve();
  /** The turn that this queue belongs to has ended: what still comes goes to the connection's own queue. */
  closed = false;

  async run<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#tail;
    let release = (): void => {};
    this.#tail = new Promise((resolve) => {
      release = resolve;
    });
    // Awaited, not chained, and by one only: so the stack of an error leads to the migration.
    await before;
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** Resolves when nothing is queued any more. */
  async idle(): Promise<void> {
    let seen: Promise<void>;
    do {
      seen = this.#tail;
      await seen;
    } while (seen !== this.#tail);
  }
}

type Turns = ReadonlyMap<object, Queue>;

// Registered symbols: an ESM and a CommonJS copy of this package in one process must see the same turns.
const QUEUE = Symbol.for('holdfast.queue');
const TURNS = Symbol.for('holdfast.turns');
const shared = globalThis as { [TURNS]?: AsyncLocalStorage<Turns> };
shared[TURNS] ??= new AsyncLocalStorage<Turns>();
const turns: AsyncLocalStorage<Turns> = shared[TURNS];

function queueOf(client: object): Queue {
  const open = turns.getStore()?.get(client);
  if (open?.closed === false) return open;
  const holder = client as { [QUEUE]?: Queue };
  holder[QUEUE] ??= new Queue();
  return holder[QUEUE];
}

/** Runs `work` when everything queued on this client before it has ended. */
export function inTurn<T>(client: object, work: () => Promise<T>): Promise<T> {
  return queueOf(client).run(work);
}

/**
 * The same for user code, which may start operations on the client, awaited or not. `idle` resolves when they have ended; they also end
 * before the turn does.
 */
export function holdTurn<T>(client: object, work: (idle: () => Promise<void>) => Promise<T>): Promise<T> {
  return queueOf(client).run(() => {
    const inner = new Queue();
    return turns.run(new Map(turns.getStore()).set(client, inner), async () => {
      try {
        return await work(() => inner.idle());
      } finally {
        await inner.idle();
        inner.closed = true;
      }
    });
  });
}
