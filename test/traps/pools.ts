/** Pools of the hosts under one form: work as a migration does, and a look at every connection of the pool. */
import type { Guard, GuardOptions } from '@holdfast/core';
import * as knexAdapter from '@holdfast/knex';
import * as typeormAdapter from '@holdfast/typeorm';
import knex, { type Knex } from 'knex';
import type { QueryRunner } from 'typeorm';
import { MAJORS, open, type Typeorm } from '../typeorm/majors.js';

/** `committed` and `rolled back`: how the host ends its transaction, whatever has happened in it. */
export const FORMS = ['outside a transaction', 'in a transaction, committed', 'in a transaction, rolled back'] as const;
export type Form = (typeof FORMS)[number];

type Query = (sql: string) => Promise<readonly Record<string, unknown>[]>;

/** What a migration has. */
export interface Hands {
  // biome-ignore lint/suspicious/noExplicitAny: each host has its own forms; SQL text fits them all
  readonly guard: (options?: GuardOptions) => Guard<any>;
  readonly query: Query;
}

export interface Pool {
  work(form: Form, use: (hands: Hands) => Promise<unknown>): Promise<void>;
  /** What `sql` answers on each connection of the pool, in the order of their process ids. */
  onEach(sql: string): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

export const POOLS: readonly (readonly [string, (url: string) => Promise<Pool>])[] = [
  ['Knex, a pool of one', (url) => knexPool(url, 1)],
  ['Knex, a pool of two', (url) => knexPool(url, 2)],
  ...MAJORS.map(
    ([major, typeorm]) => [`TypeORM ${major}, a pool of one`, (url: string) => typeormPool(typeorm, url)] as const,
  ),
];

async function knexPool(url: string, size: number): Promise<Pool> {
  const db = knex({ client: 'pg', connection: url, pool: { min: size, max: size } });
  const hands = (host: Knex): Hands => ({
    guard: (options) => knexAdapter.guard(host, options),
    query: async (sql) => (await host.raw(sql)).rows,
  });
  return {
    async work(form, use) {
      if (form === 'outside a transaction') {
        await use(hands(db));
        return;
      }
      const trx = await db.transaction();
      await use(hands(trx));
      if (form === 'in a transaction, committed') await trx.commit();
      else await trx.rollback();
    },
    async onEach(sql) {
      const all = await Promise.all(Array.from({ length: size }, () => db.client.acquireConnection()));
      all.sort((a, b) => a.processID - b.processID);
      const answers = await Promise.all(all.map(async (client) => (await client.query(sql)).rows[0]));
      await Promise.all(all.map((client) => db.client.releaseConnection(client)));
      return answers;
    },
    close: () => db.destroy(),
  };
}

async function typeormPool(typeorm: Typeorm, url: string): Promise<Pool> {
  const { source, runner } = await open(typeorm, url, { poolSize: 1 });
  await runner.release();
  const withRunner = async <T>(use: (own: QueryRunner) => Promise<T>): Promise<T> => {
    const own = source.createQueryRunner();
    try {
      await own.connect();
      return await use(own);
    } finally {
      await own.release();
    }
  };
  return {
    work: (form, use) =>
      withRunner(async (own) => {
        if (form !== 'outside a transaction') await own.startTransaction();
        await use({ guard: (options) => typeormAdapter.guard(own, options), query: (sql) => own.query(sql) });
        if (form === 'in a transaction, committed') await own.commitTransaction();
        if (form === 'in a transaction, rolled back') await own.rollbackTransaction();
      }),
    onEach: (sql) => withRunner((own) => own.query(sql)),
    close: () => source.destroy(),
  };
}
