/** `g.schema`: Knex's own builder calls with the guard in them, in a migration that uses the guard explicitly. */
import { guard, type KnexGuard } from '@holdfast/knex';
import type { Knex } from 'knex';
import { describe, expect, test } from 'vitest';
import { execute } from '../support/catalog.js';
import { open } from './open.js';

type Place = (db: Knex, use: (knex: Knex) => Promise<void>) => Promise<void>;
const PLACES: readonly (readonly [string, Place])[] = [
  ['on the pool', async (db, use) => use(db)],
  ['in a transaction', (db, use) => db.transaction(use)],
];

const statuses = (g: KnexGuard): readonly string[] =>
  g.report().outcomes.map(({ operation, status }) => `${operation} ${status}`);

describe.each(PLACES)('%s', (_name, place) => {
  test('builder calls and operations take turns, and are unchanged the second time', async () => {
    const { db } = await open();
    const migration = (g: KnexGuard): PromiseLike<unknown> =>
      g.schema
        .createTable('posts', (t) => {
          t.increments('id');
          t.text('title');
        })
        .raw('CREATE INDEX posts_title ON posts (title)')
        .then(() => g.schema.safeAddColumn('posts', (t) => t.text('note')))
        .then(() => g.schema.alterTable('posts', (t) => t.integer('size')));
    for (const is of ['applied', 'unchanged'])
      await place(db, async (knex) => {
        const g = guard(knex);
        await migration(g);
        expect(statuses(g)).toEqual([
          `CREATE TABLE ${is}`,
          `CREATE INDEX ${is}`,
          `safeAddColumn ${is}`,
          `ALTER TABLE ${is}`,
        ]);
      });
  });

  test('another table under the name is a mismatch, also for catch and finally', async () => {
    const { db, url } = await open();
    await execute(url, 'CREATE TABLE posts (id text)');
    const attempts: readonly ((builder: Knex.SchemaBuilder) => Promise<unknown>)[] = [
      (builder) => builder.catch((error: unknown) => error),
      (builder) => builder.finally(() => undefined).catch((error: unknown) => error),
    ];
    for (const attempt of attempts)
      await place(db, async (knex) => {
        const { schema } = guard(knex);
        expect(await attempt(schema.createTable('posts', (t) => t.increments('id')))).toMatchObject({
          code: 'HF_MISMATCH',
        });
      });
  });

  test('withSchema holds for builder calls and operations alike', async () => {
    const { db, url } = await open();
    await execute(url, 'CREATE SCHEMA other; CREATE TABLE other.posts (id integer); CREATE TABLE posts (id integer)');
    await place(db, async (knex) => {
      const g = guard(knex);
      await (g.schema.withSchema('other') as unknown as KnexGuard).safeAddColumn('posts', 'note', 'text');
      await g.schema.withSchema('other').alterTable('posts', (t) => t.integer('size'));
      expect(statuses(g)).toEqual(['safeAddColumn applied', 'ALTER TABLE applied']);
    });
    const columns = await execute(
      url,
      "SELECT string_agg(attname, ',' ORDER BY attnum) AS names FROM pg_attribute WHERE attrelid = 'other.posts'::regclass AND attnum > 0",
    );
    expect(columns).toEqual([{ names: 'id,note,size' }]);
  });

  test('in plan mode nothing is sent', async () => {
    const { db } = await open();
    await place(db, async (knex) => {
      const { schema } = guard(knex, { mode: 'plan' });
      await expect(Promise.resolve(schema.createTable('posts', (t) => t.increments('id')))).rejects.toMatchObject({
        code: 'HF_ARGUMENT',
      });
      expect(await knex.schema.hasTable('posts')).toBe(false);
    });
  });
});
