/** Connections of a pool that the guard listens to. */
import type { Body, PgClient } from '@holdfast/core';
import type { Knex } from 'knex';
import type { KnexClient, KnexHost } from './host.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The same Knex, on connections of its pool that the body listens to as long as the clone has them. */
export function listening(knex: Knex, body: Body): { readonly clone: Knex; end(): void } {
  const clone = knex.withUserParams({ ...(knex as { userParams?: object }).userParams }) as Knex;
  return { clone, end: listenTo((clone as unknown as KnexHost).client, (knex as unknown as KnexHost).client, body) };
}

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
