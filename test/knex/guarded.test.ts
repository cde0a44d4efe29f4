/** Way 2 on Knex: around one migration, whose body is written as ever. */
import { HoldfastError } from '@holdfast/core';
import { guard, guarded } from '@holdfast/knex';
import type { Knex } from 'knex';
import { describe, expect, test } from 'vitest';
import { execute, readCatalog, withClient } from '../support/catalog.js';
import { migrate, PLACES, sourceOf } from './guarded-support.js';
import { open } from './open.js';

const own = async (url: string): Promise<readonly string[]> =>
  (await readCatalog(url)).filter((line) => !line.includes('knex_migrations'));

describe.each(PLACES)('%s', (_place, config) => {
  test('all ways in which Knex sends are as stock the first time, and unchanged the second', async () => {
    const schema = (knex: Knex): Promise<unknown> =>
      (async () => {
        await knex.schema
          .createTable('posts', (t) => {
            t.increments('id');
            t.string('title', 100).notNullable().index();
            t.integer('user_id').references('users.id').onDelete('CASCADE');
          })
          .alterTable('users', (t) => {
            t.string('email').unique();
          });
        const later = knex.schema.withSchema('app').alterTable('users', (t) => {
          t.text('note').defaultTo('none');
        });
        await later;
        await knex.raw('ALTER TABLE ?? ADD COLUMN ?? integer', ['orgs', 'size']);
        await knex.raw('CREATE INDEX :name: ON :table: (size)', { name: 'orgs_size', table: 'orgs' });
        await knex.transaction((trx) => trx.schema.createTable('inner', (t) => t.integer('id')));
        await Promise.all([
          knex.schema.alterTable('users', (t) => t.integer('a')),
          knex.schema.alterTable('orgs', (t) => t.integer('b')),
        ]);
      })();
    const stock = await open();
    await schema(stock.db);
    const { db, url } = await open();
    const first = await migrate(db, schema, { config });
    expect(first.error).toBeUndefined();
    expect(new Set(first.outcomes.map((each) => each.split(' ')[0]))).toEqual(new Set(['applied']));
    expect(await own(url)).toEqual(await own(stock.url));
    const second = await migrate(db, schema, { config });
    expect(second.error).toBeUndefined();
    expect(new Set(second.outcomes.map((each) => each.split(' ')[0]))).toEqual(new Set(['unchanged']));
    expect(await own(url)).toEqual(await own(stock.url));
  });

  test('rows are read and written as by stock', async () => {
    const { db } = await open();
    const seen: unknown[] = [];
    const { error } = await migrate(
      db,
      async (knex) => {
        await knex.schema.createTable('tags', (t) => t.integer('id').primary());
        seen.push(await knex.batchInsert('tags', [{ id: 1 }, { id: 2 }, { id: 3 }], 2).returning('id'));
        seen.push(
          await knex('tags')
            .where('id', '>', 1)
            .update({ id: knex.raw('id + ?', [10]) }),
        );
        seen.push(await knex('tags').select('id').orderBy('id').first());
        seen.push((await knex.raw('SELECT count(*)::int AS n FROM ?? WHERE id > ?', ['tags', 10])).rows);
        seen.push((await knex.raw('SELECT :a::int AS a', { a: 5 })).rows);
        seen.push(await knex.schema.hasTable('tags'), await knex.schema.hasColumn('tags', 'nope'));
      },
      { config },
    );
    expect(error).toBeUndefined();
    expect(seen).toEqual([[{ id: 1 }, { id: 2 }, { id: 3 }], 2, { id: 1 }, [{ n: 2 }], [{ a: 5 }], true, false]);
  });

  test('transactions and savepoints of the body roll back, and are resumed', async () => {
    const { db, url } = await open();
    const before = await own(url);
    const body = async (knex: Knex, fail: boolean): Promise<void> => {
      await knex
        .transaction(async (trx) => {
          await trx.schema.alterTable('users', (t) => t.integer('gone'));
          throw new TypeError('no');
        })
        .catch((error: Error) => {
          if (error.message !== 'no') throw error;
        });
      const trx = await knex.transaction();
      await trx.schema.alterTable('users', (t) => t.integer('kept'));
      await trx.savepoint(async (inner) => {
        await inner.schema.alterTable('users', (t) => t.integer('deep'));
      });
      await trx.commit();
      if (fail) throw new TypeError('crash');
    };
    const crashed = await migrate(db, (knex) => body(knex, true), { config });
    expect(crashed.error).toBeInstanceOf(TypeError);
    expect((await own(url)).length - before.length).toBe(config === undefined ? 0 : 2);
    const whole = await migrate(db, (knex) => body(knex, false), { config });
    expect(whole.error).toBeUndefined();
    expect((await own(url)).filter((line) => /users\.(gone|kept|deep)/.test(line))).toHaveLength(2);
  });

  test('the body sees the error of the server; what escapes is explained', async () => {
    const { db } = await open();
    const codes: unknown[] = [];
    const { error } = await migrate(
      db,
      async (knex) => {
        await knex.transaction((trx) => trx.raw('ALTER TABLE nowhere ADD a int')).catch((e) => codes.push(e.code));
        await knex.transaction((trx) => trx('users').insert({ id: 1 })).catch((e) => codes.push(e.code));
        await knex.transaction((trx) => trx.raw('ALTER TABEL users')).catch((e) => codes.push(e.code));
        await knex.raw('ALTER TABLE users ADD a wrongtype');
      },
      { config },
    );
    expect(codes).toEqual(['42P01', '23505', '42601']);
    expect(error).toBeInstanceOf(HoldfastError);
    expect(error).toMatchObject({ code: 'HF_FAILED', cause: { code: '42704' } });
    expect(String(error?.['message'])).toContain('ALTER TABLE users ADD a wrongtype');
  });

  test('the guarded operations are on knex.schema, in the schema of the builder, behind what is chained before', async () => {
    const { db, url } = await open();
    // biome-ignore lint/suspicious/noExplicitAny: without the types of /register
    const up = async (knex: any): Promise<void> => {
      await knex.schema.safeAddColumn('users', (t: Knex.CreateTableBuilder) => t.string('email'));
      await knex.schema.withSchema('app').safeAddColumn('users', (t: Knex.CreateTableBuilder) => t.string('note'));
      await knex.schema
        .createTable('chained', (t: Knex.CreateTableBuilder) => t.integer('id'))
        .safeAddColumn('chained', (t: Knex.CreateTableBuilder) => t.string('more'));
      await guard(knex).safeSetNotNull('users', 'name');
      await guard(knex).attempt('tries', async (g) => {
        await knex.schema.alterTable('orgs', (t: Knex.AlterTableBuilder) => t.integer('tried'));
        await g.safeDropColumn('orgs', 'tried');
      });
      expect('safeAddColumn' in knex.schema).toBe(true);
      expect(knex.schema.safeNothing).toBeUndefined();
    };
    expect((await migrate(db, up, { config })).error).toBeUndefined();
    const lines = (await own(url)).filter((line) => /^column .*(email|note|more|users\.name|tried)/.test(line));
    expect(lines).toEqual([
      expect.stringContaining('app.users.note'),
      expect.stringContaining('chained.more'),
      expect.stringContaining('users.email'),
      expect.stringContaining('users.name'),
    ]);
  });

  test('events, identifiers and responses are as stock', async () => {
    const up = async (knex: Knex): Promise<void> => {
      await knex.schema.alterTable('users', (t) => t.integer('bigNumber'));
      await knex('users').where({ id: 1 }).update({ bigNumber: 7 });
      expect(await knex('users').where({ id: 1 }).first('bigNumber')).toEqual({ bigNumber: 7, seen: true });
    };
    const options: Knex.Config = {
      wrapIdentifier: (name, wrap) => wrap(name.replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)),
      postProcessResponse: (result) =>
        result !== null && typeof result === 'object' && 'big_number' in result
          ? { bigNumber: result.big_number, seen: true }
          : result,
    };
    const listen = async (wrap: (up: (knex: Knex) => unknown) => unknown): Promise<readonly string[]> => {
      const { db } = await open(options);
      await db.migrate.latest({ migrationSource: sourceOf({}) });
      const events: string[] = [];
      db.on('query', ({ sql }: { sql: string }) => events.push(`> ${sql}`));
      db.on('query-response', (_r: unknown, { sql }: { sql: string }) => events.push(`< ${sql}`));
      const migration = { up: wrap(up), down: () => undefined, ...(config === undefined ? {} : { config }) };
      await db.migrate.latest({ migrationSource: sourceOf({ '1': migration }) });
      return events.filter((event) => /users/.test(event) && !/LOCK TABLE|pg_catalog/.test(event));
    };
    const stock = await listen((each) => each);
    expect(stock).toHaveLength(6);
    const seen = await listen((each) => guarded({ up: each }).up);
    expect(seen).toEqual(stock);
  });
});

test('a query of the application on the same knex is not listened to', async () => {
  const { another } = await open();
  const db = another({ pool: { min: 0, max: 4 } });
  const statuses: string[] = [];
  const { error, outcomes } = await migrate(
    db,
    async (knex) => {
      await knex.schema.alterTable('users', (t) => t.integer('a'));
      await db.raw('ALTER TABLE orgs ADD COLUMN b integer');
      statuses.push(await db.raw('ALTER TABLE orgs ADD COLUMN b integer').catch((e) => e.code));
    },
    { config: { transaction: false } },
  );
  expect(error).toBeUndefined();
  expect(statuses).toEqual(['42701']);
  expect(outcomes).toEqual(['applied ALTER TABLE']);
});

test('the connections are as they were afterwards, also after an error', async () => {
  for (const config of [undefined, { transaction: false }])
    for (const fails of [false, true]) {
      const { db } = await open();
      const { error } = await migrate(
        db,
        async (knex) => {
          await knex.raw('ALTER TABLE users ADD COLUMN a integer');
          if (fails) await knex.raw('ALTER TABLE users ADD COLUMN a wrong');
        },
        { config },
      );
      expect(error === undefined).toBe(!fails);
      const connection = await db.client.acquireConnection();
      expect(Object.hasOwn(connection, 'query')).toBe(false);
      await db.client.releaseConnection(connection);
    }
});

test('a lock that is not granted in time names who holds it', async () => {
  const { db, url } = await open();
  await withClient(url, async (rival) => {
    await rival.query("SET application_name = 'rival'; BEGIN; LOCK TABLE users IN ACCESS SHARE MODE");
    for (const config of [undefined, { transaction: false }]) {
      const { error } = await migrate(db, (knex) => knex.schema.alterTable('users', (t) => t.integer('a')), {
        config,
        lockTimeoutMs: 100,
        lockRetries: 0,
      });
      expect(error).toMatchObject({
        code: 'HF_LOCK_TIMEOUT',
        blockers: [expect.objectContaining({ application: 'rival' })],
      });
    }
  });
  expect(await execute(url, "SELECT FROM pg_attribute WHERE attname = 'a'")).toEqual([]);
});
