/** safeChangeColumn: nothing is rounded, cut or moved to another time zone without a word, and nothing that hangs on the column is lost. */
import { type Guard, guard } from '@holdfast/core';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { availableMajors } from '../support/server.js';
import { errorOf, useDatabase } from './support.js';

/** Values that fit (or turn into something equal), values that do not. */
const NARROW: readonly (readonly [from: string, to: string, good: readonly string[], bad: readonly string[]])[] = [
  ['varchar(20)', 'varchar(5)', ["'abcde'", "''", 'NULL'], ["'abcdef'", "'ab    '"]],
  ['text', 'varchar(2)', ["'äö'"], ["'äöü'"]],
  ['text', 'char(3)', ["'abc'"], ["'abcd'"]],
  ['bigint', 'integer', ['2147483647', '-2147483648', 'NULL'], ['2147483648', '-2147483649']],
  ['integer', 'smallint', ['32767'], ['32768', '-32769']],
  ['numeric(12,4)', 'numeric(6,2)', ['1234.5', '-9999.99'], ['10000', '1.001', '9999.995']],
  ['numeric', 'numeric(6,2)', ["'NaN'", '1'], ['1.001', '1e20']],
  ['numeric', 'integer', ['3', '-3.0'], ['2.5', "'NaN'", '3e9']],
  ['numeric', 'double precision', ['0.1', '1e20', "'NaN'", '0'], ['0.12345678901234567890', '1e305']],
  ['numeric', 'real', ['0.5'], ['0.123456789', '1e39']],
  ['double precision', 'integer', ['3', '-3'], ['2.5', "'NaN'", "'Infinity'", '3e9', '1e300']],
  ['double precision', 'real', ['0.5', "'NaN'", "'-Infinity'", '0'], ['0.1', '1e300', '1e-300']],
  ['real', 'numeric(20,0)', ['16000000'], ['16777216']],
  ['double precision', 'numeric(20,2)', ['12345678.25'], ['12345678901234.56']],
  ['double precision', 'numeric(6,2)', ['1.5', "'NaN'"], ['1.234', '1e6', "'Infinity'", '1e300']],
  ['bigint', 'double precision', ['9007199254740991'], ['9007199254740993']],
  ['integer', 'real', ['16777215'], ['16777217']],
  ['integer', 'numeric(4,2)', ['99'], ['100']],
  ['timestamp', 'timestamp(0)', ["'2020-01-01 10:00:00'"], ["'2020-01-01 10:00:00.4'"]],
  ['timestamp', 'date', ["'2020-01-01'", "'infinity'"], ["'2020-01-01 00:00:01'"]],
  ['timestamp', 'time', ['NULL'], ["'2020-01-01 10:00'"]],
  ['time', 'time(0)', ["'10:00'"], ["'10:00:00.5'"]],
  ['timetz', 'time', ["'10:00+00'"], ["'10:00+02'"]],
  ['interval', 'interval(0)', ["'1 day'"], ["'0.5 seconds'"]],
  ['inet', 'cidr', ["'10.0.0.0/8'"], ["'10.1.2.3/8'"]],
  ['varbit(8)', 'varbit(4)', ["B'1010'"], ["B'10101'"]],
  ['text', 'name', [`'${'x'.repeat(63)}'`], [`'${'x'.repeat(64)}'`]],
  ['text', 'mood', ["'good'", 'NULL'], ["'Good'", "''"]],
  ['temper', 'mood', ["'good'"], ["'ugly'"]],
];

const TYPES = "CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE TYPE temper AS ENUM ('good', 'bad', 'ugly');";

describe.each(availableMajors([15, 18]))('PostgreSQL %i', (major) => {
  const db = useDatabase(
    TYPES +
      NARROW.map(
        ([from, , good, bad], i) =>
          `CREATE TABLE t${i} (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, c ${from}); INSERT INTO t${i} (c) VALUES ${[...good, ...bad].map((value) => `(${value})`).join(', ')};`,
      ).join('\n'),
    major,
  );

  test.each(NARROW.map(([from, to, good, bad], i) => ({ from, to, good, bad, table: `t${i}` })))(
    '$from to $to: counts what does not fit, and changes nothing until it is gone',
    async ({ to, good, bad, table }) => {
      const client = await db.connect();
      await client.query("SET TimeZone = 'UTC'");
      const g = guard(client);
      const error = await errorOf(g.safeChangeColumn(table, 'c', to));
      expect(error).toMatchObject({ code: 'HF_DATA', count: bad.length, left: 'Nothing was changed.' });
      const { samples } = error as unknown as { samples: readonly { id: number }[] };
      expect(samples.map((sample) => sample.id)).toEqual(bad.map((_, i) => good.length + i + 1));
      await client.query(`DELETE FROM ${table} WHERE id > ${good.length}`);
      const before = await values(client, table);
      expect(await g.safeChangeColumn(table, 'c', to)).toMatchObject({ status: 'applied' });
      // Casts of the server's own back to the old type: what was written is still there.
      expect(await values(client, table)).toEqual(before);
    },
  );
});

/** Numbers as numbers, times to the second, texts without the blanks that char(n) adds: what a change may not touch. */
async function values(client: pg.Client, table: string): Promise<unknown[]> {
  const { rows } = await client.query<{ id: number; value: string | null }>(
    `SELECT id, c::text AS value FROM ${table} ORDER BY id`,
  );
  return rows.map(({ id, value }) => {
    const number = value === null || value.trim() === '' ? Number.NaN : Number(value);
    const plain = value?.replace(/ 00:00:00$|\+00$| +$/, '') ?? null;
    return [id, Number.isNaN(number) ? plain : number];
  });
}

describe('what hangs on the column', () => {
  const db = useDatabase(`
    ${TYPES}
    CREATE TABLE orgs (id integer PRIMARY KEY);
    CREATE TABLE items (id serial PRIMARY KEY, code varchar(10) NOT NULL DEFAULT 'none', amount integer DEFAULT 1 CHECK (amount > 0), org_id integer REFERENCES orgs,
      at timestamp, mood mood DEFAULT 'good', flag boolean DEFAULT true, note text);
    CREATE INDEX items_code ON items (code varchar_pattern_ops);
    CREATE INDEX items_at ON items (at);
    INSERT INTO orgs VALUES (1);
    INSERT INTO items (org_id, at, note) SELECT 1, '2020-01-01', CASE WHEN i % 2 = 0 THEN 'n' || i ELSE '5' END FROM generate_series(1, 20) i;
    CREATE TABLE numbered (id integer GENERATED ALWAYS AS IDENTITY, n integer);
    CREATE TABLE viewed (a varchar(5), b varchar(5), g text GENERATED ALWAYS AS (upper(b)) STORED, p varchar(5), t varchar(5));
    CREATE VIEW looking AS SELECT a FROM viewed;
    CREATE POLICY only_p ON viewed USING (p = 'x');
    CREATE FUNCTION noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER touched BEFORE UPDATE OF t ON viewed FOR EACH ROW EXECUTE FUNCTION noop();
    CREATE TABLE parts (day date, n integer, m varchar(5)) PARTITION BY RANGE (day);
    CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
  `);

  async function open(options = {}): Promise<{ g: Guard; client: pg.Client }> {
    const client = await db.connect();
    await client.query('BEGIN');
    return { g: guard(client, options), client };
  }

  test.each([
    ['a', 'view looking'],
    ['b', 'column g of table viewed'],
    ['p', 'policy only_p on table viewed'],
    ['t', 'trigger touched on table viewed'],
  ])('viewed.%s: names %s and changes nothing', async (column, dependent) => {
    const { g } = await open();
    const error = await errorOf(g.safeChangeColumn('viewed', column, 'varchar(9)'));
    expect(error).toMatchObject({ code: 'HF_DEPENDENCY', dependents: [dependent], left: 'Nothing was changed.' });
    // What is no change of the type is none of their business.
    expect(await g.safeChangeColumn('viewed', column, "varchar(5) DEFAULT 'x'")).toMatchObject({ status: 'applied' });
  });

  test('a partition key and a column of a partition are refused, other columns change on all partitions', async () => {
    const { g } = await open();
    expect(await errorOf(g.safeChangeColumn('parts', 'day', 'timestamp'))).toMatchObject({ code: 'HF_REFUSED' });
    expect(await errorOf(g.safeChangeColumn('parts_1', 'm', 'varchar(9)'))).toMatchObject({ code: 'HF_REFUSED' });
    expect(await g.safeChangeColumn('parts', 'm', 'varchar(9)')).toMatchObject({ status: 'applied' });
    expect(await g.columnType('parts_1', 'm')).toBe('character varying(9)');
  });

  test('defaults, checks, indexes and keys stay', async () => {
    const { g, client } = await open();
    await g.safeChangeColumn('items', 'code', "text NOT NULL DEFAULT 'none'");
    await g.safeChangeColumn('items', 'amount', 'bigint DEFAULT 1');
    await g.safeChangeColumn('items', 'org_id', 'bigint');
    await g.safeChangeColumn('items', 'flag', 'integer DEFAULT 1', { using: 'flag::integer' });
    await g.safeChangeColumn('items', 'mood', "temper DEFAULT 'good'");
    await client.query('INSERT INTO items DEFAULT VALUES');
    const { rows } = await client.query('SELECT code, amount, flag, mood FROM items ORDER BY id DESC LIMIT 1');
    expect(rows).toEqual([{ code: 'none', amount: '1', flag: 1, mood: 'good' }]);
    await client.query('SAVEPOINT s');
    await expect(client.query('UPDATE items SET amount = 0')).rejects.toMatchObject({ code: '23514' });
    await client.query('ROLLBACK TO s');
    await expect(client.query('UPDATE items SET org_id = 7')).rejects.toMatchObject({ code: '23503' });
    await client.query('ROLLBACK TO s');
    expect(await g.indexExists('items_code')).toBe(true);
  });

  test('a sequence counts as far as its column', async () => {
    const { g, client } = await open();
    const outcome = await g.safeChangeColumn('items', 'id', 'bigserial');
    expect(outcome.steps.map((step) => step.sql)).toEqual([
      'ALTER SEQUENCE "public"."items_id_seq" AS bigint',
      'ALTER TABLE "public"."items" ALTER COLUMN "id" TYPE bigint',
    ]);
    await g.safeChangeColumn('numbered', 'id', 'bigint GENERATED BY DEFAULT AS IDENTITY');
    const { rows } = await client.query(
      "SELECT seqrelid::regclass::text AS name, seqtypid::regtype::text AS type FROM pg_sequence WHERE seqrelid::regclass::text ~ 'items|numbered' ORDER BY 1",
    );
    expect(rows).toEqual([
      { name: 'items_id_seq', type: 'bigint' },
      { name: 'numbered_id_seq', type: 'bigint' },
    ]);
    expect(await g.safeChangeColumn('numbered', 'id', 'bigint GENERATED BY DEFAULT AS IDENTITY')).toMatchObject({
      status: 'unchanged',
    });
  });

  test('a default that numbers the rows does not go without a reason; a new identity is not made', async () => {
    const { g } = await open();
    const error = await errorOf(g.safeChangeColumn('items', 'id', 'bigint NOT NULL'));
    expect(error).toMatchObject({ code: 'HF_REFUSED' });
    expect(error.message).toContain('New rows would get no number');
    const identity = g.safeChangeColumn('numbered', 'n', 'integer GENERATED ALWAYS AS IDENTITY');
    expect(await errorOf(identity)).toMatchObject({ code: 'HF_REFUSED' });
    expect(await errorOf(g.safeChangeColumn('items', 'amount', 'serial'))).toMatchObject({ code: 'HF_REFUSED' });
  });

  test('local times become points in time only in a time zone that is named', async () => {
    const { g, client } = await open();
    await client.query("SET LOCAL TimeZone = 'Europe/Berlin'");
    const error = await errorOf(g.safeChangeColumn('items', 'at', 'timestamptz'));
    expect(error).toMatchObject({ code: 'HF_REFUSED' });
    expect(error.message).toContain('{ using: "at AT TIME ZONE \'UTC\'" }');
    await g.safeChangeColumn('items', 'at', 'timestamptz', { using: "at AT TIME ZONE 'UTC'" });
    const { rows } = await client.query("SELECT DISTINCT at = '2020-01-01 00:00+00' AS same FROM items");
    expect(rows).toEqual([{ same: true }]);
  });

  test('texts that the new type cannot read are named', async () => {
    const client = await db.connect();
    const { rows } = await client.query<{ version: number }>(
      "SELECT current_setting('server_version_num')::int AS version",
    );
    const error = await errorOf(guard(client).safeChangeColumn('items', 'note', 'integer', { using: 'note::integer' }));
    // Older servers cannot be asked which texts a type takes: theirs is the error, and its one value.
    const named = (rows[0]?.version ?? 0) >= 160000;
    expect(error).toMatchObject({ code: named ? 'HF_DATA' : 'HF_FAILED', left: 'Nothing was changed.' });
    expect(error.message).toContain(
      named ? '10 rows whose note does not fit into integer.\n  {"id":2,"note":"n2"}' : '"n2"',
    );
    expect(await errorOf(guard(client).safeChangeColumn('items', 'note', 'integer'))).toMatchObject({
      code: 'HF_REFUSED',
    });
  });

  test('the defaults that tables below have of their own are not written over without a word', async () => {
    const { g, client } = await open();
    await client.query(`CREATE TABLE above (id integer, c integer DEFAULT 1) PARTITION BY RANGE (id);
      CREATE TABLE below PARTITION OF above FOR VALUES FROM (0) TO (10); ALTER TABLE below ALTER c SET DEFAULT 9`);
    for (const call of [
      () => g.safeChangeColumn('above', 'c', 'bigint DEFAULT 1'),
      () => g.safeSetDefault('above', 'c', '5'),
      () => g.safeDropDefault('above', 'c'),
    ]) {
      const error = await errorOf(call());
      expect(error).toMatchObject({ code: 'HF_REFUSED' });
      expect(error.message).toContain('below: 9');
    }
    expect(await g.safeChangeColumn('above', 'c', 'bigint DEFAULT 1', { allow: 'all alike' })).toMatchObject({
      status: 'applied',
    });
  });

  test('what would lose elements, or hang on a setting of the session, takes a word', async () => {
    const { g, client } = await open();
    await client.query(
      "CREATE TABLE odd (a numeric(10,4)[], b date, c double precision, d json, e oid, f bytea); INSERT INTO odd VALUES ('{1.2345}', '2020-01-01', 0.5, '{\"a\":1,\"a\":2}', 4294967295, 'x')",
    );
    for (const [column, to] of Object.entries({
      a: 'numeric(10,2)[]',
      b: 'text',
      c: 'varchar',
      d: 'jsonb',
      e: 'integer',
      f: 'text',
    }))
      expect(await errorOf(g.safeChangeColumn('odd', column, to))).toMatchObject({ code: 'HF_REFUSED' });
    expect(await g.safeChangeColumn('odd', 'a', 'numeric(12,4)[]')).toMatchObject({ status: 'applied' });
  });

  test('rows that cannot be counted, because policies or the isolation hide them, are not changed', async () => {
    const client = await db.connect();
    await client.query('CREATE TABLE counted (c numeric); INSERT INTO counted VALUES (1.5)');
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    const snapshot = await errorOf(guard(client).safeChangeColumn('counted', 'c', 'numeric(3,0)'));
    expect(snapshot).toMatchObject({ code: 'HF_REFUSED' });
    await client.query('ROLLBACK');
    const role = `hf_counts_${process.pid}`;
    await client.query(`CREATE ROLE ${role}; ALTER TABLE counted OWNER TO ${role}; GRANT ALL ON SCHEMA public TO ${role};
      ALTER TABLE counted ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; SET ROLE ${role}`);
    const hidden = await errorOf(guard(client).safeChangeColumn('counted', 'c', 'numeric(3,0)'));
    expect(hidden).toMatchObject({ code: 'HF_PRIVILEGE' });
    await client.query(`RESET ROLE; DROP TABLE counted; DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  test('a value that comes in while the lock is awaited is counted too', async () => {
    await db.run('CREATE TABLE raced (id integer PRIMARY KEY, c numeric); INSERT INTO raced VALUES (1, 1)');
    const [client, rival] = [await db.connect(), await db.connect()];
    await rival.query('BEGIN; INSERT INTO raced VALUES (2, 1.5)');
    const changing = errorOf(
      guard(client, { onEvent: (event) => void (event.type === 'wait' && rival.query('COMMIT')) }).safeChangeColumn(
        'raced',
        'c',
        'numeric(3,0)',
      ),
    );
    expect(await changing).toMatchObject({ code: 'HF_DATA', count: 1, left: 'Nothing was changed.' });
  });

  test('NOT NULL comes along, after a look at the rows', async () => {
    const { g, client } = await open();
    await client.query('UPDATE items SET at = NULL WHERE id < 4');
    const error = await errorOf(g.safeChangeColumn('items', 'at', 'timestamp(6) NOT NULL'));
    expect(error).toMatchObject({ code: 'HF_DATA', count: 3, left: 'Nothing was changed.' });
    await client.query('DELETE FROM items WHERE at IS NULL');
    const outcome = await g.safeChangeColumn('items', 'at', 'timestamp(6) NOT NULL');
    expect(outcome.children).toMatchObject([{ operation: 'safeSetNotNull', status: 'applied' }]);
    expect(await g.safeChangeColumn('items', 'at', 'timestamp(6)')).toMatchObject({ status: 'applied' });
    expect(await g.safeChangeColumn('items', 'at', 'timestamp(6)')).toMatchObject({ status: 'unchanged', steps: [] });
  });

  test('wrong calls are refused before any SQL', async () => {
    const { g } = await open();
    expect(await errorOf(g.safeChangeColumn('items', 'nowhere', 'text'))).toMatchObject({ code: 'HF_PREREQUISITE' });
    expect(await errorOf(g.safeChangeColumn('nowhere', 'code', 'text'))).toMatchObject({ code: 'HF_PREREQUISITE' });
    expect(await errorOf(g.safeChangeColumn('items', 'code', 'nosuchtype'))).toMatchObject({ code: 'HF_PREREQUISITE' });
    const none = g.safeChangeColumn('items', 'code', 'text', { using: '' });
    expect(await errorOf(none)).toMatchObject({ code: 'HF_ARGUMENT' });
  });
});
