/**
 * What a body takes from chance and from the clock: the same again when it is resumed. What it wrote with such a value before it was
 * interrupted, and what it writes with it afterwards, then fit together.
 */
import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { createRequire, syncBuiltinESMExports } from 'node:module';

/** From which everything else follows; kept in the journal. */
export interface KeptSources {
  /** 64 hexadecimal digits. */
  readonly seed: string;
  /** Milliseconds, as `Date.now()` gives them. */
  readonly begun: number;
}

/** A body that waits without a message sees the time go on after this. */
const STANDS_STILL_MS = 1000;

const realNow = Date.now;

export class Sources {
  readonly kept: KeptSources;
  #clock: number;
  #ticked = performance.now();
  readonly #drawn = new Map<string, number>();

  constructor(kept?: KeptSources) {
    this.kept = kept ?? { seed: realRandomBytes(32).toString('hex'), begun: realNow() };
    this.#clock = this.kept.begun;
  }

  /** A message is answered: the clock is at `at` until the next one. Answers that time. */
  tick(at: number = realNow()): number {
    this.#clock = at;
    this.#ticked = performance.now();
    return at;
  }

  now(): number {
    const waited = performance.now() - this.#ticked;
    return waited < STANDS_STILL_MS ? this.#clock : this.#clock + Math.round(waited);
  }

  /** The next bytes of a stream of this name: what one function draws does not shift what another one gets. */
  bytes(stream: string, count: number): Buffer {
    const drawn = this.#drawn.get(stream) ?? 0;
    this.#drawn.set(stream, drawn + 1);
    const key = createHmac('sha256', this.kept.seed).update(`${stream} ${drawn}`).digest();
    // A cipher of zeros is a stream of random bytes, as strong as its key.
    return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(count));
  }
}

// The name itself will mean another function.
const realRandomBytes = randomBytes;

/** Puts functions that ask `current` in the place of the global ones; where it answers undefined, they are what they always are. */
export class Replaced {
  readonly #current: () => Sources | undefined;
  #restore: (() => void)[] = [];
  #users = 0;

  constructor(current: () => Sources | undefined) {
    this.#current = current;
  }

  /** Until `body` has settled, and as long as others have not. */
  async during<T>(body: () => Promise<T>): Promise<T> {
    if (this.#users === 0) this.#install();
    this.#users += 1;
    try {
      return await body();
    } finally {
      this.#users -= 1;
      if (this.#users === 0) this.#uninstall();
    }
  }

  #install(): void {
    // The object that `require` gives: what is changed there, imports see after the synchronisation.
    const module = createRequire(import.meta.url)('node:crypto') as Holder;
    this.#replaceDate();
    this.#replace(Math as unknown as Holder, 'random', (sources) => uniform(sources, 'Math'));
    for (const [name, own] of Object.entries(OWN)) this.#replace(module, name, own);
    const web = globalThis.crypto as unknown as Holder | undefined;
    for (const name of ['randomUUID', 'getRandomValues'] as const)
      if (web !== undefined) this.#replace(web, name, OWN[name]);
    syncBuiltinESMExports();
  }

  #uninstall(): void {
    for (const restore of this.#restore.reverse()) restore();
    this.#restore = [];
    syncBuiltinESMExports();
  }

  #replace(holder: Holder, name: string, own: Own): void {
    const before = Object.getOwnPropertyDescriptor(holder, name);
    // `getRandomValues` of the module is fixed, and is that of `globalThis.crypto`.
    if (before?.configurable === false) return;
    const real = holder[name] as AnyFunction;
    const current = this.#current;
    const value = function (this: unknown, ...args: readonly never[]): unknown {
      const sources = current();
      return sources === undefined ? real.apply(this, args as never) : own(sources, args);
    };
    Object.defineProperty(holder, name, {
      value,
      configurable: true,
      writable: true,
      enumerable: before?.enumerable ?? true,
    });
    this.#restore.push(() => {
      if (before === undefined) Reflect.deleteProperty(holder, name);
      else Object.defineProperty(holder, name, before);
    });
  }

  #replaceDate(): void {
    const Real = globalThis.Date;
    const current = this.#current;
    const now = (): number => current()?.now() ?? realNow();
    const Replacement = dateBy(Real, now);
    globalThis.Date = Replacement;
    Real.prototype.constructor = Replacement;
    this.#restore.push(() => {
      globalThis.Date = Real;
      Real.prototype.constructor = Real;
    });
  }
}

/** `Real` with another clock: what it makes of arguments, and instanceof, are as ever. `now`: milliseconds, as `Date.now()` gives them. */
export function dateBy(Real: DateConstructor, now: () => number): DateConstructor {
  return new Proxy(Real, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new Real(now()).toString(),
    get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
  });
}

type AnyFunction = (...args: never[]) => unknown;
type Holder = Record<string, AnyFunction>;
type Own = (sources: Sources, args: readonly unknown[]) => unknown;

const OWN = {
  randomUUID: (sources) => uuid(sources.bytes('uuid', 16)),
  randomBytes: (sources, [size, callback]) => called(sources.bytes('bytes', Number(size)), callback),
  randomFillSync: filled,
  getRandomValues: filled,
  randomInt: integer,
} satisfies Readonly<Record<string, Own>>;

/** At least 0 and less than 1, of 53 bits, as `Math.random` gives them. */
function uniform(sources: Sources, stream: string): number {
  return Number(sources.bytes(stream, 8).readBigUInt64BE() >> 11n) / 2 ** 53;
}

/** Version 4 of RFC 9562. */
function uuid(bytes: Buffer): string {
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function called<T>(value: T, callback: unknown): T | undefined {
  if (typeof callback !== 'function') return value;
  process.nextTick(callback as (error: null, value: T) => void, null, value);
  return undefined;
}

/** `randomFillSync(buffer[, offset[, size]])`: offset and size are counted in elements. */
function filled(sources: Sources, [buffer, offset, size]: readonly unknown[]): unknown {
  const view = buffer as ArrayBufferView & { readonly BYTES_PER_ELEMENT?: number };
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const each = view.BYTES_PER_ELEMENT ?? 1;
  const from = Number(offset ?? 0) * each;
  const count = size === undefined ? bytes.length - from : Number(size) * each;
  bytes.set(sources.bytes('bytes', count), from);
  return buffer;
}

/** `randomInt([min,] max [, callback])`: at least min, less than max. */
function integer(sources: Sources, args: readonly unknown[]): number | undefined {
  const numbers = args.filter((each): each is number => typeof each === 'number');
  const [min, max] = numbers.length === 1 ? [0, numbers[0] as number] : (numbers as [number, number]);
  return called(min + Math.floor(uniform(sources, 'integer') * (max - min)), args.at(-1));
}
