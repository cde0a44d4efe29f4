/** The statements of a migration, taken off its connection on their way: written by hand, or compiled by a host, they all pass here. */
import type { PgClient, PgResult } from '../session.js';

/** One message that somebody wants to send on the connection. */
export interface Request {
  readonly text: string;
  readonly values: readonly unknown[];
  /** Sends it as it is, with all that the caller has asked of the driver, and past the tap. */
  send(): Promise<Answered>;
}

/** A list where the message held several statements. */
export type Answered = PgResult | readonly PgResult[];

type Query = (...args: readonly unknown[]) => unknown;
interface Tapped {
  query: Query;
  [RAW]?: PgClient;
  [TAPPED]?: PgClient;
}

// Registered: an ESM and a CommonJS copy of this package in one process must see the same tap.
const RAW = Symbol.for('holdfast.untapped');
const TAPPED = Symbol.for('holdfast.tapped');

/**
 * From now on `answer` is asked for what each `query` of this client resolves or rejects with. What streams (a Submittable of the driver)
 * passes. Nothing of the class is changed; the function that comes back takes the tap off. One tap at a time: a second one is none, and
 * the first stays.
 */
export function tap(client: PgClient, answer: (request: Request) => Promise<Answered>): () => void {
  const tapped = client as unknown as Tapped;
  if (tapped[RAW] !== undefined) return () => undefined;
  const own = Object.getOwnPropertyDescriptor(tapped, 'query');
  const original = tapped.query.bind(client);
  // It sees all of the client's state; only what it sends goes past the tap.
  tapped[RAW] = Object.assign(Object.create(client) as object, {
    query: original,
    [TAPPED]: client,
  }) as unknown as PgClient;
  tapped.query = (...args) => {
    const read = readRequest(original, args);
    if (read === null) return original(...args);
    const { request, callback } = read;
    const answered = answer(request);
    if (callback === undefined) return answered;
    answered.then(
      (result) => callback(null, result),
      (error: unknown) => callback(error),
    );
    return undefined;
  };
  return () => {
    delete tapped[RAW];
    if (own === undefined) delete (tapped as Partial<Tapped>).query;
    else Object.defineProperty(tapped, 'query', own);
  };
}

/** The client whose messages go past the tap; the client itself where there is none. */
export function untapped(client: PgClient): PgClient {
  return (client as unknown as Tapped)[RAW] ?? client;
}

/** The driver's own client, whichever of the two this is: what is known of the session is kept with it. */
export function ownClient(client: PgClient): PgClient {
  return (client as unknown as Tapped)[TAPPED] ?? client;
}

type Callback = (error: unknown, result?: unknown) => void;

interface Config {
  readonly text?: unknown;
  readonly values?: readonly unknown[];
  readonly callback?: Callback;
  readonly submit?: unknown;
}

/** `query(text | config, values?, callback?)`, as the driver takes it; null for what is not text. */
function readRequest(
  original: Query,
  [first, second, third]: readonly unknown[],
): { readonly request: Request; readonly callback: Callback | undefined } | null {
  const asked: Config = typeof first === 'string' ? { text: first } : ((first ?? {}) as Config);
  // A method of its class, which a copy has no longer.
  if (typeof asked.submit === 'function') return null;
  const { callback: given, ...config } = asked;
  const { text } = config;
  if (typeof text !== 'string') return null;
  const values = Array.isArray(second) ? (second as readonly unknown[]) : config.values;
  const callback = [second, third, given].find((each): each is Callback => typeof each === 'function');
  // Without values the driver uses the simple protocol, which takes several statements: an empty list must stay none.
  const sent = values === undefined ? config : { ...config, values };
  return {
    request: { text, values: values ?? [], send: () => original(sent) as Promise<Answered> },
    callback,
  };
}
