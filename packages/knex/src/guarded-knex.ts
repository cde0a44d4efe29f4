/** The object that a guarded body is given: the same Knex, on connections that the guard listens to. */
import type { Body, GuardOptions } from '@holdfast/core';
import type { Knex } from 'knex';
import { schemaWithOperations } from './guarded-schema.js';
import type { KnexHost } from './host.js';
import { KnexGuard } from './knex-guard.js';
import { listening } from './listening.js';
import { knexSession } from './session.js';

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
  const { clone, end } = listening(knex, body);
  return { inside: withOperations(clone, options), end };
}

/** `schema` with the guarded operations beside the builder's own methods; everything else is Knex's own. */
function withOperations(knex: Knex, options: GuardOptions): Knex {
  const session = knexSession(knex as unknown as KnexHost);
  const guardIn = (schema: string | undefined): KnexGuard =>
    new KnexGuard(session, schema === undefined ? options : { ...options, schema });
  return new Proxy(knex, {
    get(target, key) {
      const own: unknown = Reflect.get(target, key, target);
      return key === 'schema' && typeof own === 'object' && own !== null ? schemaWithOperations(own, guardIn) : own;
    },
  });
}
