/** The object that a guarded body is given: the same Knex, on connections that the guard listens to. */
import type { Body, GuardOptions, HostForms, PgClient } from '@holdfast/core';
import { Guard } from '@holdfast/core';
import type { Knex } from 'knex';
import type { KnexClient, KnexHost } from './host.js';
import { type KnexForms, knexSession } from './session.js';

interface Inside {
  readonly inside: Knex;
  /** The connections are as they were. */
  end(): void;
}

/**
 * In a transaction there is one connection. On the pool each connection is listened to as long as the body has it: nobody else's
 * queries are.
 */
export async function guardedKnex(knex: Knex, body: Body, options: GuardOptions): Promise<Inside> {
  const host = knex as unknown as KnexHost;
  if (host.isTransaction === true) {
    const connection = await host.client.acquireConnection();
    const end = body.attach(connection);
    return { inside: withOperations(knex, options), end };
  }
  const clone = knex.withUserParams({ ...(knex as { userParams?: object }).userParams }) as Knex;
  const end = listenTo((clone as unknown as KnexHost).client, host.client, body);
  return { inside: withOperations(clone, options), end };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function listenTo(client: Writable<KnexClient>, pool: KnexClient, body: Body): () => void {
  const lent = new Map<PgClient, () => void>();
  const giveBack = (connection: PgClient): void => {
    lent.get(connection)?.();
    lent.delete(connection);
  };
  client.acquireConnection = async () => {
    const connection = await body.awaits(pool.acquireConnection());
    lent.set(connection, body.attach(connection));
    return connection;
  };
  client.releaseConnection = (connection) => {
    giveBack(connection);
    return pool.releaseConnection(connection);
  };
  return () => {
    for (const connection of [...lent.keys()]) giveBack(connection);
  };
}

/** `schema` with the guarded operations beside the builder's own methods; everything else is Knex's own. */
function withOperations(knex: Knex, options: GuardOptions): Knex {
  const session = knexSession(knex as unknown as KnexHost);
  const guardIn = (schema: string | undefined): Guard<KnexForms> =>
    new Guard<KnexForms>(session, schema === undefined ? options : { ...options, schema });
  return new Proxy(knex, {
    get(target, key) {
      const own: unknown = Reflect.get(target, key, target);
      return key === 'schema' && typeof own === 'object' && own !== null ? builder(own, guardIn) : own;
    },
  });
}

/** An operation runs behind what was chained before it, in the schema of the builder. */
function builder(schema: object, guardIn: (schema: string | undefined) => Guard<HostForms & KnexForms>): object {
  let g = guardIn(undefined);
  let chained = false;
  const made: object = new Proxy(schema, {
    get(target, key) {
      const own: unknown = Reflect.get(target, key, target);
      if (own === undefined && isOperation(g, key))
        return async (...args: unknown[]): Promise<unknown> => {
          if (chained) await target;
          return (Reflect.get(g, key) as (...args: unknown[]) => unknown).apply(g, args);
        };
      if (typeof own !== 'function') return own;
      return (...args: unknown[]) => {
        const answer: unknown = own.apply(target, args);
        if (answer !== target) return answer;
        if (key === 'withSchema') g = guardIn(args[0] as string | undefined);
        else chained = true;
        return made;
      };
    },
    has: (target, key) => Reflect.has(target, key) || isOperation(g, key),
  });
  return made;
}

function isOperation(g: object, key: PropertyKey): boolean {
  return typeof key === 'string' && key.startsWith('safe') && typeof Reflect.get(g, key) === 'function';
}
