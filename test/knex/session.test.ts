import { guard, type KnexForms, type KnexHost } from '@holdfast/knex';
import type { Knex } from 'knex';
import { describe, expect, expectTypeOf, test, vi } from 'vitest';
import { execute, readCatalog } from '../support/catalog.js';
import { open } from './open.js';

const email: KnexForms['column'] = (t) => t.string('email', 100).notNullable().defaultTo('').index();

test('Knex, its transactions and its kinds of table builders fit the types', () => {
  expectTypeOf<Knex>().toExtend<KnexHost>();
  expectTypeOf<Knex.Transaction>().toExtend<KnexHost>();
  expectTypeOf<(t: Knex.AlterTableBuilder) => void>().toExtend<KnexForms['column']>();
  expectTypeOf<(t: Knex.TableBuilder) => void>().toExtend<KnexForms['column']>();
});

describe('the connection', () => {
  test('is given back: a pool of one is enough, also side by side and inside an attempt', async () => {
    const { db, url } = await open({ acquireConnectionTimeout: 3000 });
    const g = guard(db);
    await Promise.all([
      g.safeAddColumn('users', email),
      g.safeAddColumn('orgs', (t) => t.string('email')),
      db('users').select('id'),
    ]);
    const outcome = await g.attempt('more', async (inner) => {
      await inner.safeAddColumn('users', (t) => t.string('phone'));
      await db('users').update({ name: 'x' });
    });
    expect(outcome.status).toBe('applied');
    await expect(g.safeAddColumn('nowhere', email)).rejects.toMatchObject({ code: 'HF_PREREQUISITE' });
    expect(await db('users').where({ name: 'x' }).count()).toEqual([{ count: '20' }]);
    expect((await readCatalog(url)).filter((line) => line.includes('phone'))).toHaveLength(1);
  });

  test('is the own one of a transaction, which can be used on and rolled back', async () => {
    const { db, url } = await open();
    const before = await readCatalog(url);
    const trx = await db.transaction();
    await guard(trx).safeAddColumn('users', email);
    await trx('users').update({ email: 'a' });
    await trx.transaction(async (nested) => {
      await guard(nested).safeAddColumn('users', (t) => t.string('phone'));
    });
    expect(await guard(trx).columnsExist('users', ['email', 'phone'])).toBe(true);
    await trx.rollback();
    expect(await readCatalog(url)).toEqual(before);
  });

  test('is left as it was: no setting stays behind', async () => {
    const { db } = await open();
    await guard(db).safeAddColumn('users', email);
    const { rows } = await db.raw(
      "select current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement",
    );
    expect(rows).toEqual([{ lock: '0', statement: '0' }]);
  });

  test('is shared in turn by two copies of the packages', async () => {
    const { db, url } = await open();
    vi.resetModules();
    const other: typeof import('@holdfast/knex') = await import('@holdfast/knex');
    expect(other.guard).not.toBe(guard);
    await db.transaction(async (trx) => {
      await Promise.all([
        guard(trx).safeAddColumn('users', email),
        other.guard(trx).safeAddColumn('users', (t) => t.integer('org_id').references('orgs.id').index()),
        guard(trx).safeAddColumn('users', (t) => t.string('phone').unique()),
      ]);
    });
    expect((await readCatalog(url)).filter((line) => /column users\.(email|org_id|phone)/.test(line))).toHaveLength(3);
  });
});

describe('names', () => {
  const APP = `SELECT format('%s %s', c.relname, coalesce(pg_get_indexdef(c.oid), '')) AS line FROM pg_class c WHERE c.relnamespace = 'app'::regnamespace
    UNION ALL SELECT format('%s %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = 'app'::regnamespace AND contype <> 'n'
    UNION ALL SELECT format('%s %s', attname, format_type(atttypid, atttypmod)) FROM pg_attribute WHERE attrelid = 'app.users'::regclass AND attnum > 0
    ORDER BY 1`;
  const rich: KnexForms['column'] = (t) => {
    t.string('email').index().unique();
    t.integer('org_id').references('id').inTable('orgs');
    t.enu('mood', ['sad', 'happy'], { useNative: true, enumName: 'mood' });
  };

  test("in another schema are what Knex's withSchema makes", async () => {
    const [stock, guarded] = [await open(), await open()];
    await stock.db.schema.withSchema('app').alterTable('users', rich);
    await guard(guarded.db).safeAddColumn('app.users', rich);
    expect(await execute(guarded.url, APP)).toEqual(await execute(stock.url, APP));
    expect((await guard(stock.db, { schema: 'app' }).safeAddColumn('users', rich)).status).toBe('unchanged');
  });

  test.each(['none', 'transaction'])('follow the searchPath of the configuration (transaction: %s)', async (how) => {
    const { url, another } = await open();
    const db = another({ searchPath: ['app', 'public'] });
    const run = (host: Knex): Promise<unknown> => guard(host).safeAddColumn('users', rich);
    await (how === 'none' ? run(db) : db.transaction(run));
    expect((await execute(url, APP)).map(({ line }) => line)).toContain('email character varying(255)');
  });

  test('of columns, indexes and references are mapped as Knex maps them', async () => {
    const wrapIdentifier: Knex.Config['wrapIdentifier'] = (name, quote) =>
      quote(name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
    const postProcessResponse = (): never => {
      throw new Error('the answers of the guard are its own');
    };
    const callback: KnexForms['column'] = (t) => {
      t.string('firstName').notNullable().defaultTo('').comment('given name').index();
      t.integer('orgId').references('id').inTable('orgs');
      t.integer('age').checkPositive();
      t.unique(['firstName', 'orgId'], { indexName: 'firstPerOrg' });
    };
    const [stock, guarded] = [await open({ wrapIdentifier }), await open({ wrapIdentifier, postProcessResponse })];
    await stock.db.schema.alterTable('users', callback);
    expect((await guard(guarded.db).safeAddColumn('users', callback)).status).toBe('applied');
    expect(await readCatalog(guarded.url)).toEqual(await readCatalog(stock.url));
    expect((await guard(guarded.db).safeAddColumn('users', callback)).status).toBe('unchanged');
  });
});

describe('the query events', () => {
  test('show what is changed, and nothing else', async () => {
    const { db } = await open();
    const seen: string[] = [];
    db.on('query', (query: { sql: string; bindings: unknown[] }) => seen.push(query.sql));
    const outcome = await guard(db).safeAddColumn('users', email);
    const steps = [outcome, ...outcome.children].flatMap((o) => o.steps.map((step) => step.sql));
    expect(seen.filter((sql) => /^(ALTER|CREATE)/.test(sql))).toEqual(steps);
    expect(seen.filter((sql) => /^\s*select/i.test(sql))).toEqual([]);
    const before = seen.length;
    await guard(db).safeAddColumn('users', email);
    expect(seen.slice(before)).toEqual([]);
  });

  test('carry the ids of the transaction, and reach it as well', async () => {
    const { db } = await open();
    const seen: { sql: string; __knexTxId?: string }[] = [];
    await db.transaction(async (trx) => {
      trx.on('query', (query) => seen.push(query));
      await trx.raw('select 1');
      await guard(trx).safeAddColumn('users', (t) => t.string('email'));
    });
    const [own, ...ours] = seen;
    expect(own?.__knexTxId).toBeDefined();
    const altered = ours.filter(({ sql }) => sql.startsWith('ALTER'));
    expect(altered.map((query) => query.__knexTxId)).toEqual([own?.__knexTxId]);
  });

  test('are logged by the debug option', async () => {
    const debug = vi.fn();
    const { db } = await open({ debug: true, log: { debug, warn: debug, error: debug, deprecate: debug } });
    await guard(db).safeAddColumn('users', (t) => t.string('email'));
    expect(JSON.stringify(debug.mock.calls)).toContain('ADD COLUMN');
  });
});
