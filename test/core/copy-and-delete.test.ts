/** Rows inserted and deleted in batches: each once, whatever is there already, and never more than asked for. */
import { type DataViolationError, guard, sql } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { errorOf, one, useDatabase } from './support.js';

const db = useDatabase();
const pace = { batchSize: 50, targetBatchMs: 5 };

describe('deleteRows', () => {
  test.each([
    ['a key', 'CREATE TABLE $t (id integer PRIMARY KEY, n integer)'],
    ['no key', 'CREATE TABLE $t (id integer, n integer)'],
    [
      'partitions',
      'CREATE TABLE $t (id integer PRIMARY KEY, n integer) PARTITION BY HASH (id); CREATE TABLE $t_0 PARTITION OF $t FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE $t_1 PARTITION OF $t FOR VALUES WITH (MODULUS 2, REMAINDER 1)',
    ],
  ])('deletes the rows that match and no others, with %s', async (name, create) => {
    const table = `gone_${name.replace(' ', '_')}`;
    await db.run(
      `${create.replaceAll('$t', table)}; INSERT INTO ${table} SELECT i, i % 3 FROM generate_series(1, 3000) i`,
    );
    const client = await db.connect();
    const g = guard(client);
    expect(await g.deleteRows(table, { where: 'n = 0', workers: 2, ...pace })).toMatchObject({
      status: 'applied',
      rows: 1000,
    });
    expect(await g.deleteRows(table, { where: 'n = 0' })).toMatchObject({ status: 'unchanged', rows: 0 });
    expect(await one(client, `SELECT count(*)::int FROM ${table} WHERE n > 0`)).toBe(2000);
  });

  test('names the row that others refer to; the rows before it are gone', async () => {
    await db.run(`CREATE TABLE parents (id integer PRIMARY KEY); INSERT INTO parents SELECT generate_series(1, 500);
      CREATE TABLE children (parent_id integer REFERENCES parents); INSERT INTO children VALUES (321)`);
    const client = await db.connect();
    const error = await errorOf<DataViolationError>(guard(client).deleteRows('parents', { where: sql`true`, ...pace }));
    expect(error).toMatchObject({ code: 'HF_DATA', samples: [{ id: 321 }], cause: { code: '23503' } });
    expect(error.left).toBe('320 rows were deleted and stay.');
    expect(await one(client, 'SELECT count(*)::int FROM parents')).toBe(180);
  });

  test('asks for a where, and inside a transaction refuses a large table', async () => {
    await db.run('CREATE TABLE many (id integer PRIMARY KEY); INSERT INTO many SELECT generate_series(1, 1000)');
    const client = await db.connect();
    const none = guard(client).deleteRows('many', {} as { where: string });
    expect(await errorOf(none)).toMatchObject({ code: 'HF_ARGUMENT' });
    await client.query('BEGIN');
    const error = await errorOf(guard(client, { largeTableBytes: 1000 }).deleteRows('many', { where: sql`true` }));
    expect(error).toMatchObject({ code: 'HF_REFUSED', left: 'Nothing was changed.' });
    await client.query('ROLLBACK');
    expect(await one(client, 'SELECT count(*)::int FROM many')).toBe(1000);
  });
});

describe('copyRows', () => {
  const SOURCE = `CREATE TABLE $s (id integer PRIMARY KEY, n integer); INSERT INTO $s SELECT i, i % 3 FROM generate_series(1, 1000) i;`;

  test('inserts the rows that are not there, and leaves those that are', async () => {
    await db.run(`${SOURCE.replaceAll('$s', 'orders')}
      CREATE TABLE archive (id integer PRIMARY KEY, n integer, label text); INSERT INTO archive VALUES (7, 99, 'kept')`);
    const client = await db.connect();
    const g = guard(client);
    const options = { columns: { id: 'id', n: 'n', label: sql`'no ' || id` }, key: 'id', where: 'n < 2', ...pace };
    // The columns of the target have the names of the source's: each is meant where it stands.
    const expected = await one<number>(client, 'SELECT count(*)::int FROM orders WHERE n < 2 AND id <> 7');
    expect(await g.copyRows('orders', 'archive', { ...options, workers: 2 })).toMatchObject({
      status: 'applied',
      rows: expected,
    });
    expect(await g.copyRows('orders', 'archive', options)).toMatchObject({ status: 'unchanged', rows: 0 });
    expect(
      await one(client, `SELECT count(*)::int FROM archive a JOIN orders o USING (id, n) WHERE label = 'no ' || id`),
    ).toBe(expected);
    expect(await one(client, 'SELECT label FROM archive WHERE id = 7')).toBe('kept');
  });

  test('names the row that cannot be copied', async () => {
    await db.run(
      `${SOURCE.replaceAll('$s', 'spoilt')} CREATE TABLE strict (id integer PRIMARY KEY, n integer CHECK (id <> 444))`,
    );
    const client = await db.connect();
    const error = await errorOf<DataViolationError>(
      guard(client).copyRows('spoilt', 'strict', { columns: ['id', 'n'], key: 'id', ...pace }),
    );
    expect(error).toMatchObject({ code: 'HF_DATA', samples: [{ id: 444 }], left: '443 rows were copied and stay.' });
  });

  test('takes a batch back whose rows come out with another key', async () => {
    await db.run(`${SOURCE.replaceAll('$s', 'rekeyed')} CREATE TABLE numbered (id serial PRIMARY KEY, n integer);
      CREATE FUNCTION renumber() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.id := nextval('numbered_id_seq') + 5000; RETURN new; END $$;
      CREATE TRIGGER renumber BEFORE INSERT ON numbered FOR EACH ROW EXECUTE FUNCTION renumber()`);
    const client = await db.connect();
    const error = await errorOf(
      guard(client).copyRows('rekeyed', 'numbered', { columns: ['id', 'n'], key: 'id', ...pace }),
    );
    expect(error).toMatchObject({ code: 'HF_DATA', left: 'This batch was taken back.' });
    expect(await one(client, 'SELECT count(*)::int FROM numbered')).toBe(0);
  });

  test('is refused into itself, with a key that may hold NULL, and with columns that are not there', async () => {
    await db.run(`${SOURCE.replaceAll('$s', 'source')} CREATE TABLE loose (id integer UNIQUE, n integer)`);
    const g = guard(await db.connect());
    const options = { columns: ['id', 'n'], key: 'id' };
    expect(await errorOf(g.copyRows('source', 'source', options))).toMatchObject({ code: 'HF_REFUSED' });
    expect((await errorOf(g.copyRows('source', 'loose', options))).message).toContain('id may hold NULL');
    const lacking = g.copyRows('source', 'loose', { columns: { id: 'id', n: 'm', o: 'n' }, key: 'id' });
    expect(await errorOf(lacking)).toMatchObject({
      code: 'HF_PREREQUISITE',
      missing: [{ name: 'public.source.m' }, { name: 'public.loose.o' }],
    });
  });
});
