/** Changes of type and name without downtime: two columns in step, under writers, there and back. */
import { type Guard, guard, type Outcome } from '@holdfast/core';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { availableMajors, serverFor } from '../support/server.js';
import { errorOf, one, type TestDatabase, useDatabase } from './support.js';

const SETUP = `
  CREATE TABLE users (
    id serial PRIMARY KEY, email text NOT NULL DEFAULT 'none', age integer CHECK (age > 0), boss integer REFERENCES users (id));
  COMMENT ON COLUMN users.id IS 'the key';
  CREATE INDEX users_age ON users (age DESC, id) INCLUDE (boss) WHERE id > 5;
  CREATE UNIQUE INDEX users_lower ON users (lower(email), id);
  CREATE TABLE orders (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE);
  INSERT INTO users (email, age, boss) SELECT 'u' || i, i, CASE WHEN i > 1 THEN 1 END FROM generate_series(1, 3000) i;
  INSERT INTO orders SELECT i, i FROM generate_series(1, 3000) i;`;

/** What a person would compare: columns by name, indexes and constraints by definition, sequences, triggers, functions. */
const SHAPE = `
  SELECT coalesce(json_agg(x.line ORDER BY x.line), '[]') FROM (
    SELECT format('%s.%s %s %s %s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
        pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum), a.attacl) AS line
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    UNION ALL SELECT q.seqrelid::regclass || ' ' || format_type(q.seqtypid, NULL) || ' ' || q.seqmax FROM pg_sequence q
    UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace) x`;

const shape = (client: pg.Client): Promise<string[]> => one<string[]>(client, SHAPE);

/** All that the operation and its children have done, in its order; nothing for what was there. */
function stepsOf(outcome: Outcome): readonly string[] {
  return [...outcome.steps.map((step) => step.sql), ...outcome.children.flatMap(stepsOf)];
}

/** Statements one after the other without pause, until stopped, and so many at least; none may fail. */
async function working(db: TestDatabase, statements: readonly string[]): Promise<(least?: number) => Promise<number>> {
  const client = await db.connect();
  let [least, done] = [Number.POSITIVE_INFINITY, 0];
  const loop = (async () => {
    while (done < least) {
      await client.query(statements[done % statements.length] as string);
      done += 1;
    }
  })();
  return async (enough = 0) => {
    least = enough;
    await loop;
    return done;
  };
}

/** A guard on a connection of its own, and a client to look with. */
async function open(db: TestDatabase, setup = ''): Promise<{ g: Guard; client: pg.Client }> {
  await db.run(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; ${setup}`);
  const client = await db.connect();
  return { g: guard(client), client };
}

describe.each(availableMajors([18, 15]))('on PostgreSQL %i', (major) => {
  if (serverFor(major) === undefined) return;
  const db = useDatabase('', major);

  test('a referenced key becomes bigint and integer again, while others write and nothing of theirs fails', async () => {
    const { g, client } = await open(db, SETUP);
    const before = await shape(client);
    const stop = await working(db, [
      "INSERT INTO users (email, age, boss) VALUES ('new', 7, 1)",
      'UPDATE users SET age = age + 1 WHERE id = (SELECT max(id) FROM users)',
      'INSERT INTO orders SELECT (SELECT max(id) FROM orders) + 1, max(id) FROM users',
      'DELETE FROM users WHERE id = (SELECT max(id) - 5 FROM users)',
      'SELECT count(*) FROM orders JOIN users ON users.id = orders.user_id',
    ]);
    const phases = async (type: string): Promise<void> => {
      for (const phase of ['safeExpandColumn', 'safeFillColumn', 'safeSwapColumn', 'safeContractColumn'] as const) {
        expect((await g[phase]('users', 'id', type)).status, phase).toBe('applied');
        expect(stepsOf(await g[phase]('users', 'id', type)), phase).toEqual([]);
      }
    };
    await phases('bigint');
    const wider = (await shape(client)).map((line) => line.replaceAll(/ 9223372036854775807$/g, ' 2147483647'));
    await phases('integer');
    expect(await stop()).toBeGreaterThan(20);
    expect(wider).toEqual(
      before.map((line) =>
        line.startsWith('users.id ') || line.startsWith('users_id_seq ') ? line.replace('integer', 'bigint') : line,
      ),
    );
    // A sequence stays as wide as it is: nothing needs it to be narrower.
    expect((await shape(client)).filter((line) => !line.startsWith('users_id_seq'))).toEqual(
      before.filter((line) => !line.startsWith('users_id_seq')),
    );
    expect(
      await one(
        client,
        'SELECT count(*)::int FROM orders WHERE NOT EXISTS (SELECT FROM users WHERE users.id = orders.user_id)',
      ),
    ).toBe(0);
    expect(
      await one(
        client,
        'SELECT count(*) = max(id) - (SELECT count(*) FROM generate_series(1, max(id)) i WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = i)) FROM users',
      ),
    ).toBe(true);
  });

  test('a column gets another name, while the old and the new version of an application write it', async () => {
    const { g, client } = await open(db, `${SETUP} GRANT SELECT (email) ON users TO PUBLIC;`);
    const before = await shape(client);
    await g.safeExpandColumn('users', 'email', { name: 'mail' });
    const old = await working(db, [
      "INSERT INTO users (email) VALUES ('old')",
      "UPDATE users SET email = email || '.' WHERE id = 10",
      'INSERT INTO users (age) VALUES (1)',
      "SELECT count(*) FROM users WHERE email = 'old'",
    ]);
    expect((await g.safeFillColumn('users', 'email', { name: 'mail' })).status).toBe('applied');
    // The new version comes when every row has its value.
    const fresh = await working(db, [
      "INSERT INTO users (mail) VALUES ('new')",
      "UPDATE users SET mail = mail || '!' WHERE id = 10",
      "SELECT count(*) FROM users WHERE mail = 'new'",
    ]);
    expect(await one(client, 'SELECT count(*)::int FROM users WHERE email IS DISTINCT FROM mail')).toBe(0);
    const [writes, others] = [await old(40), await fresh(40)];
    expect(Math.min(writes, others)).toBeGreaterThan(10);
    const marks = await one<string>(client, 'SELECT mail FROM users WHERE id = 10');
    expect([...marks].filter((c) => c === '.')).toHaveLength(Math.floor((writes + 2) / 4));
    expect([...marks].filter((c) => c === '!')).toHaveLength(Math.floor((others + 1) / 3));
    const count = await one(client, 'SELECT count(*)::int FROM users');
    const stop = await working(db, ["INSERT INTO users (mail) VALUES ('last')", 'SELECT count(mail) FROM users']);
    expect((await g.safeContractColumn('users', 'email', { name: 'mail' })).status).toBe('applied');
    const added = Math.ceil((await stop()) / 2);
    expect(stepsOf(await g.safeContractColumn('users', 'email', { name: 'mail' }))).toEqual([]);
    expect(stepsOf(await g.safeExpandColumn('users', 'email', { name: 'mail' }))).toEqual([]);
    expect(stepsOf(await g.safeFillColumn('users', 'email', { name: 'mail' }))).toEqual([]);
    expect(await one(client, 'SELECT count(*)::int FROM users')).toBe(Number(count) + added);
    const renamed = before.map((line) =>
      line.replace('users.email ', 'users.mail ').replace('lower(email)', 'lower(mail)'),
    );
    expect(await shape(client)).toEqual(renamed.sort());
  });

  test('an identity goes on where it stands, with its options', async () => {
    const { g, client } = await open(
      db,
      `CREATE TABLE tickets (id integer GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 5 CACHE 3) PRIMARY KEY, note text);
       INSERT INTO tickets (note) SELECT 'n' FROM generate_series(1, 10);`,
    );
    const before = await shape(client);
    const stop = await working(db, ["INSERT INTO tickets (note) VALUES ('w')"]);
    for (const phase of ['safeExpandColumn', 'safeFillColumn', 'safeSwapColumn', 'safeContractColumn'] as const)
      await g[phase]('tickets', 'id', 'bigint');
    const written = await stop();
    expect(await one(client, 'SELECT count(*)::int FROM tickets')).toBe(10 + written);
    expect(await shape(client)).toEqual(
      before.map((line) =>
        line
          .replace('tickets.id integer', 'tickets.id bigint')
          .replace('seq integer 2147483647', 'seq bigint 9223372036854775807'),
      ),
    );
    expect(await one(client, 'SELECT seqincrement::text || seqcache FROM pg_sequence')).toBe('53');
  });

  test('the old column follows the new one after the swap, and is NULL where it cannot hold a value', async () => {
    const { g, client } = await open(
      db,
      'CREATE TABLE t (id integer PRIMARY KEY, n integer); INSERT INTO t VALUES (1, 5)',
    );
    await g.safeExpandColumn('t', 'n', 'bigint');
    await g.safeFillColumn('t', 'n', 'bigint');
    await g.safeSwapColumn('t', 'n', 'bigint');
    await client.query('INSERT INTO t (id, n) VALUES (2, 6), (3, 3000000000)');
    expect(await one(client, 'SELECT json_agg(n_shadow ORDER BY id) FROM t')).toEqual([5, 6, null]);
    // By place the second value is that of the old column now.
    await expect(client.query('INSERT INTO t VALUES (4, 4)')).rejects.toThrow(
      'n_shadow follows n and is not written by itself',
    );
    // There is no way back for a value that has outgrown the old type.
    const error = await errorOf(g.safeFillColumn('t', 'n', 'integer'));
    expect(error).toMatchObject({ code: 'HF_DATA', count: 1, samples: [{ id: 3, n: 3000000000 }] });
    await client.query('UPDATE t SET n = 7 WHERE id = 3');
    await g.safeFillColumn('t', 'n', 'integer');
    await expect(client.query('UPDATE t SET n = 3000000000 WHERE id = 3')).rejects.toThrow(
      'holdfast_in_step_t_n_shadow',
    );
    await g.safeSwapColumn('t', 'n', 'integer');
    expect(await one(client, 'SELECT json_agg(n ORDER BY id) FROM t')).toEqual([5, 6, 7]);
  });
});

const db = useDatabase();

test('texts become numbers by an expression, and the way back has one of its own', async () => {
  const { g, client } = await open(
    db,
    "CREATE TABLE prices (id int, amount text, unit text DEFAULT 'EUR'); INSERT INTO prices VALUES (1, '12 EUR'), (2, NULL)",
  );
  const options = { using: "split_part(amount, ' ', 1)::numeric(10, 2)", reverse: "amount::text || ' ' || unit" };
  expect((await g.safeExpandColumn('prices', 'amount', 'numeric(10,2)', options)).status).toBe('applied');
  await g.safeFillColumn('prices', 'amount', 'numeric(10,2)');
  await g.safeSwapColumn('prices', 'amount', 'numeric(10,2)');
  await client.query('INSERT INTO prices (id, amount) VALUES (3, 7)');
  expect(await one(client, "SELECT json_agg(amount || '|' || amount_shadow ORDER BY id) FROM prices")).toEqual([
    '12.00|12 EUR',
    null,
    '7.00|7.00 EUR',
  ]);
  await g.safeContractColumn('prices', 'amount', 'numeric(10,2)');
  const other = errorOf<{ code: string }>(g.safeExpandColumn('prices', 'unit', 'integer', { using: 'length(unit)' }));
  expect((await other).code).toBe('HF_DEPENDENCY');
});

describe('nothing is changed, when', () => {
  const TABLE = 'CREATE TABLE t (id integer PRIMARY KEY, n integer, s text, d timestamp)';
  test.each<[string, string, (g: Guard) => Promise<unknown>, string, RegExp]>([
    [
      'a value does not fit',
      `${TABLE}; INSERT INTO t VALUES (1, 70000)`,
      (g) => g.safeExpandColumn('t', 'n', 'smallint'),
      'HF_DATA',
      /1 row whose n does not fit into smallint/,
    ],
    [
      'an expression fails for a row',
      `${TABLE}; INSERT INTO t (id, s) VALUES (1, 'x')`,
      (g) => g.safeExpandColumn('t', 's', 'integer', { using: 's::integer' }),
      'HF_FAILED',
      /invalid input syntax for type integer: "x"/,
    ],
    [
      'an expression names no column',
      TABLE,
      (g) => g.safeExpandColumn('t', 's', 'integer', { using: 'length(q)' }),
      'HF_FAILED',
      /column "q" does not exist/,
    ],
    [
      'the way back names no column',
      TABLE,
      (g) => g.safeExpandColumn('t', 'n', 'bigint', { reverse: 'q' }),
      'HF_FAILED',
      /column "q" does not exist/,
    ],
    ['there is no cast', TABLE, (g) => g.safeExpandColumn('t', 's', 'uuid'), 'HF_REFUSED', /no cast from text to uuid/],
    [
      'there is no cast back',
      TABLE,
      (g) => g.safeExpandColumn('t', 's', 'date', { using: 'make_date(s::int, 1, 1)' }),
      'HF_REFUSED',
      /s_shadow is to follow/,
    ],
    [
      'a cast depends on the time zone, whatever that of the session is',
      TABLE,
      (g) => g.safeExpandColumn('t', 'd', 'timestamptz'),
      'HF_REFUSED',
      /means the same in every session/,
    ],
    [
      'an expression changes with time',
      TABLE,
      (g) => g.safeExpandColumn('t', 'n', 'bigint', { using: 'n + extract(epoch FROM now())::int' }),
      'HF_REFUSED',
      /changes from one moment, or one session, to the next/,
    ],
    [
      'an expression uses a generated column',
      `${TABLE}; ALTER TABLE t ADD g int GENERATED ALWAYS AS (id + 1) STORED`,
      (g) => g.safeExpandColumn('t', 'n', 'bigint', { using: 'n + g' }),
      'HF_REFUSED',
      /generated columns.*: g/,
    ],
    [
      'a view shows the column',
      `${TABLE}; CREATE VIEW v AS SELECT n FROM t`,
      (g) => g.safeExpandColumn('t', 'n', 'bigint'),
      'HF_DEPENDENCY',
      /view v/,
    ],
    [
      'a generated column comes from it',
      `${TABLE}; ALTER TABLE t ADD g int GENERATED ALWAYS AS (n + 1) STORED`,
      (g) => g.safeExpandColumn('t', 'n', { name: 'm' }),
      'HF_DEPENDENCY',
      /column g of table t/,
    ],
    [
      'an exclusion constraint has it',
      `${TABLE}; ALTER TABLE t ADD CONSTRAINT x EXCLUDE USING btree (n WITH =)`,
      (g) => g.safeExpandColumn('t', 'n', 'bigint'),
      'HF_DEPENDENCY',
      /constraint x: an exclusion constraint/,
    ],
    [
      'extended statistics have it',
      `${TABLE}; CREATE STATISTICS st ON id, n FROM t`,
      (g) => g.safeExpandColumn('t', 'n', 'bigint'),
      'HF_DEPENDENCY',
      /statistics object .*st: extended statistics/,
    ],
    [
      'it identifies rows for replicas',
      `${TABLE}; ALTER TABLE t ALTER n SET NOT NULL; CREATE UNIQUE INDEX u ON t (n); ALTER TABLE t REPLICA IDENTITY USING INDEX u`,
      (g) => g.safeExpandColumn('t', 'n', 'bigint'),
      'HF_DEPENDENCY',
      /index u: the replica identity/,
    ],
    [
      'a check is NOT VALID',
      `${TABLE}; ALTER TABLE t ADD CONSTRAINT k CHECK (n > 0) NOT VALID`,
      (g) => g.safeExpandColumn('t', 'n', 'bigint'),
      'HF_DEPENDENCY',
      /check k: it is NOT VALID/,
    ],
    [
      'a default has no cast',
      `${TABLE}; ALTER TABLE t ALTER s SET DEFAULT '0'`,
      (g) => g.safeExpandColumn('t', 's', 'integer', { using: 's::integer' }),
      'HF_DEPENDENCY',
      /default '0'::text: there is no cast to integer/,
    ],
    [
      'it is generated',
      `${TABLE}; ALTER TABLE t ADD g int GENERATED ALWAYS AS (id + 1) STORED`,
      (g) => g.safeExpandColumn('t', 'g', { name: 'h' }),
      'HF_REFUSED',
      /it is a generated column/,
    ],
    [
      'it is of a domain',
      `CREATE DOMAIN st AS text DEFAULT 'new'; CREATE TABLE t (n st)`,
      (g) => g.safeExpandColumn('t', 'n', { name: 'm' }),
      'HF_REFUSED',
      /a domain brings a default/,
    ],
    [
      'another column is being changed',
      `${TABLE}; CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS E'-- holdfast {"kind":"name","leading":"a","following":"b"}\\nBEGIN RETURN NEW; END'; CREATE TRIGGER zz_holdfast_sync_a BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()`,
      (g) => g.safeExpandColumn('t', 'n', 'bigint'),
      'HF_REFUSED',
      /another column of the table is being changed: a/,
    ],
    [
      'a primary key is deferrable',
      'CREATE TABLE t (n int PRIMARY KEY DEFERRABLE)',
      (g) => g.safeExpandColumn('t', 'n', 'bigint'),
      'HF_DEPENDENCY',
      /a DEFERRABLE primary key/,
    ],
    [
      'a trigger fires later',
      `${TABLE}; CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER zzz BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()`,
      (g) => g.safeExpandColumn('t', 'n', 'bigint'),
      'HF_REFUSED',
      /trigger zzz/,
    ],
    [
      'the table is partitioned',
      'CREATE TABLE t (n integer) PARTITION BY RANGE (n)',
      (g) => g.safeExpandColumn('t', 'n', 'bigint'),
      'HF_REFUSED',
      /partitioned/,
    ],
    [
      'others inherit from it',
      `${TABLE}; CREATE TABLE kid () INHERITS (t)`,
      (g) => g.safeExpandColumn('t', 'n', 'bigint'),
      'HF_REFUSED',
      /inherits/,
    ],
    [
      'there is another column of that name',
      `${TABLE}; ALTER TABLE t ADD n_shadow text`,
      (g) => g.safeExpandColumn('t', 'n', 'bigint'),
      'HF_MISMATCH',
      /n_shadow text, which no trigger/,
    ],
    [
      'both names are there',
      TABLE,
      (g) => g.safeExpandColumn('t', 'n', { name: 's' }),
      'HF_MISMATCH',
      /s text, which no trigger/,
    ],
    [
      'nothing was expanded: fill',
      TABLE,
      (g) => g.safeFillColumn('t', 'n', 'bigint'),
      'HF_PREREQUISITE',
      /column public.t.n_shadow does not exist/,
    ],
    [
      'nothing was expanded: swap',
      TABLE,
      (g) => g.safeSwapColumn('t', 'n', 'bigint'),
      'HF_PREREQUISITE',
      /column public.t.n_shadow does not exist/,
    ],
    [
      'nothing was expanded: contract',
      TABLE,
      (g) => g.safeContractColumn('t', 'n', 'bigint'),
      'HF_REFUSED',
      /no trigger keeps n_shadow in step/,
    ],
    [
      'there is no such column',
      TABLE,
      (g) => g.safeExpandColumn('t', 'q', 'bigint'),
      'HF_PREREQUISITE',
      /public.t.q does not exist/,
    ],
    ['there is no such type', TABLE, (g) => g.safeExpandColumn('t', 'n', 'mood'), 'HF_PREREQUISITE', /type mood/],
    [
      'the type is no type',
      TABLE,
      (g) => g.safeExpandColumn('t', 'n', 'bigint NOT NULL'),
      'HF_ARGUMENT',
      /the type is not one/,
    ],
    [
      'the change is neither',
      TABLE,
      (g) => g.safeExpandColumn('t', 'n', { type: 'bigint', name: 'm' } as never),
      'HF_ARGUMENT',
      /it must become/,
    ],
    ['a name is swapped', TABLE, (g) => g.safeSwapColumn('t', 'n', { name: 'm' }), 'HF_ARGUMENT', /needs no swap/],
  ])('%s', async (_, setup, call, code, message) => {
    const { g, client } = await open(db, setup);
    const before = await shape(client);
    const error = await errorOf<Error & { code: string }>(call(g));
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
    expect(await shape(client)).toEqual(before);
  });
});

test('a value that comes in meanwhile and does not fit is kept, and stops the fill', async () => {
  const { g, client } = await open(db, 'CREATE TABLE t (id int PRIMARY KEY, s text, d timestamp)');
  await g.safeExpandColumn('t', 's', 'varchar(5)');
  await client.query("INSERT INTO t (id, s) VALUES (1, 'abcdefgh')");
  expect(await errorOf(g.safeFillColumn('t', 's', 'varchar(5)'))).toMatchObject({
    code: 'HF_DATA',
    samples: [{ id: 1, s: 'abcdefgh' }],
  });
  await client.query('DELETE FROM t');
  await g.safeFillColumn('t', 's', 'varchar(5)');
  await expect(client.query("INSERT INTO t (id, s) VALUES (2, 'abcdefgh')")).rejects.toThrow('holdfast_in_step');
});

test('what binds the old column refuses no row once the new one leads', async () => {
  const { g, client } = await open(
    db,
    `CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p VALUES (1), (2);
     CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT 1 UNIQUE REFERENCES p ON DELETE SET DEFAULT, m int, CONSTRAINT one CHECK (num_nonnulls(n, m) = 1))`,
  );
  await g.safeExpandColumn('t', 'n', 'bigint', { reverse: 'NULL' });
  await g.safeFillColumn('t', 'n', 'bigint');
  await g.safeSwapColumn('t', 'n', 'bigint');
  await client.query('INSERT INTO t (id, n) VALUES (1, 2); DELETE FROM p WHERE id = 2');
  expect(await one(client, 'SELECT n FROM t')).toBe('1');
  await g.safeContractColumn('t', 'n', 'bigint');
  expect(
    await one(
      client,
      "SELECT json_agg(conname ORDER BY conname) FROM pg_constraint WHERE conrelid = 't'::regclass AND contype <> 'n'",
    ),
  ).toEqual(['one', 't_n_fkey', 't_n_key', 't_pkey']);
});

test('a column may be called like a variable of the trigger', async () => {
  const { g, client } = await open(db, 'CREATE TABLE t (id int, found int, new int, tg_op text)');
  await g.safeExpandColumn('t', 'found', 'bigint', { using: 'found + new' });
  await client.query("INSERT INTO t VALUES (1, 2, 3, 'x')");
  expect(await one(client, 'SELECT found_shadow FROM t')).toBe('5');
});

test('triggers that fire before, and see the old name only, are a reason to ask', async () => {
  const { g } = await open(
    db,
    `CREATE TABLE t (id int, a text); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.a := lower(NEW.a); RETURN NEW; END';
     CREATE TRIGGER low BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()`,
  );
  expect(await errorOf(g.safeExpandColumn('t', 'a', { name: 'b' }))).toMatchObject({
    code: 'HF_REFUSED',
    happened: expect.stringContaining('trigger low'),
  });
  expect((await g.safeExpandColumn('t', 'a', { name: 'b' }, { allow: 'it treats both' })).status).toBe('applied');
});

describe('what was changed between the phases', () => {
  const filled = async (): Promise<{ g: Guard; client: pg.Client }> => {
    const opened = await open(
      db,
      'CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int, n int CONSTRAINT fk REFERENCES p); CREATE INDEX i ON t (n)',
    );
    await opened.g.safeExpandColumn('t', 'n', 'bigint');
    await opened.g.safeFillColumn('t', 'n', 'bigint');
    return opened;
  };

  test.each([
    ['NOT NULL', 'ALTER TABLE t ALTER n SET NOT NULL', 'lacks:\n  NOT NULL'],
    ['the definition of an index', 'DROP INDEX i; CREATE INDEX i ON t (n DESC)', 'key 1 order'],
    [
      'the actions of a foreign key',
      'ALTER TABLE t DROP CONSTRAINT fk, ADD CONSTRAINT fk FOREIGN KEY (n) REFERENCES p ON DELETE CASCADE',
      'ON DELETE',
    ],
    ['rights', 'GRANT SELECT (n) ON t TO PUBLIC', 'the rights on n_shadow'],
  ])('is not lost: %s', async (_, change, message) => {
    const { g, client } = await filled();
    await client.query(change);
    await expect(g.safeSwapColumn('t', 'n', 'bigint')).rejects.toThrow(message);
  });

  test('and NOT NULL that was dropped is dropped from the other one by the next fill', async () => {
    const { g, client } = await open(db, 'CREATE TABLE t (id int, n int NOT NULL)');
    await g.safeExpandColumn('t', 'n', 'bigint');
    await g.safeFillColumn('t', 'n', 'bigint');
    await client.query('ALTER TABLE t ALTER n DROP NOT NULL');
    await expect(g.safeSwapColumn('t', 'n', 'bigint')).rejects.toThrow('room for NULL');
    await g.safeFillColumn('t', 'n', 'bigint');
    await g.safeSwapColumn('t', 'n', 'bigint');
    await client.query('INSERT INTO t (id) VALUES (1)');
  });
});

describe('an expansion that is not complete', () => {
  test('is not swapped, and the error says what is lacking', async () => {
    const { g } = await open(
      db,
      'CREATE TABLE t (id serial PRIMARY KEY); CREATE INDEX i ON t (id); INSERT INTO t DEFAULT VALUES',
    );
    await g.safeExpandColumn('t', 'id', 'bigint');
    const error = await errorOf<Error & { code: string }>(g.safeSwapColumn('t', 'id', 'bigint'));
    expect(error.message).toMatchInlineSnapshot(`
      "safeSwapColumn: public.t.id to bigint: id_shadow cannot take its place yet, it lacks:
        values in every row, proved by a check
        NOT NULL
        primary key t_pkey_shadow, like t_pkey
        index i_shadow, like i
      Nothing was changed.
      Call safeFillColumn first, with the same arguments, then safeSwapColumn again."
    `);
    await g.safeFillColumn('t', 'id', 'bigint');
    expect((await g.safeSwapColumn('t', 'id', 'bigint')).status).toBe('applied');
  });

  test('is not swapped when an index was made on the first column since it was filled', async () => {
    const { g, client } = await open(db, 'CREATE TABLE t (id int, n int)');
    await g.safeExpandColumn('t', 'n', 'bigint');
    await g.safeFillColumn('t', 'n', 'bigint');
    await client.query('CREATE INDEX late ON t (n)');
    await expect(g.safeSwapColumn('t', 'n', 'bigint')).rejects.toThrow('index late_shadow, like late');
    expect((await g.safeFillColumn('t', 'n', 'bigint')).children).toMatchObject([{ status: 'applied' }]);
    await g.safeSwapColumn('t', 'n', 'bigint');
    expect(await one(client, "SELECT indexdef FROM pg_indexes WHERE indexname = 'late'")).toBe(
      'CREATE INDEX late ON public.t USING btree (n)',
    );
  });

  test('does not let go of a name whose rows were not all copied', async () => {
    const { g, client } = await open(db, "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'x')");
    await g.safeExpandColumn('t', 'a', { name: 'b' });
    await expect(g.safeContractColumn('t', 'a', { name: 'b' })).rejects.toThrow('values in every row');
    expect((await g.safeContractColumn('t', 'b', { name: 'a' })).status).toBe('applied');
    expect(await one(client, 'SELECT a FROM t')).toBe('x');
  });

  test('is a mismatch when its trigger was disabled', async () => {
    const { g, client } = await open(db, 'CREATE TABLE t (id int PRIMARY KEY, n int)');
    await g.safeExpandColumn('t', 'n', 'bigint');
    await client.query('ALTER TABLE t DISABLE TRIGGER zz_holdfast_sync_n');
    for (const phase of ['safeExpandColumn', 'safeFillColumn', 'safeSwapColumn'] as const)
      expect(await errorOf(g[phase]('t', 'n', 'bigint'))).toMatchObject({ code: 'HF_MISMATCH' });
    await expect(g.safeFillColumn('t', 'n', 'bigint')).rejects.toThrow('ENABLE TRIGGER "zz_holdfast_sync_n";');
  });

  test('begins anew where a table of that name was dropped, and is refused where its function is another one', async () => {
    const { g, client } = await open(db, 'CREATE TABLE t (id int PRIMARY KEY, n int)');
    await g.safeExpandColumn('t', 'n', 'bigint');
    await client.query('DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, n int, m int)');
    expect((await g.safeExpandColumn('t', 'n', 'bigint')).status).toBe('applied');
    await g.safeContractColumn('t', 'n', 'integer');
    await client.query("CREATE FUNCTION holdfast_sync_t_m() RETURNS int LANGUAGE sql AS 'SELECT 1'");
    await expect(g.safeExpandColumn('t', 'm', 'bigint')).rejects.toThrow('holdfast_sync_t_m is there already');
  });

  test('refuses a row that comes in past the trigger, once it is filled', async () => {
    const { g, client } = await open(db, 'CREATE TABLE t (id int PRIMARY KEY, n int)');
    await g.safeExpandColumn('t', 'n', 'bigint');
    await g.safeFillColumn('t', 'n', 'bigint');
    await client.query('SET session_replication_role = replica');
    await expect(client.query('INSERT INTO t VALUES (1, 1)')).rejects.toThrow('holdfast_in_step_t_n_shadow');
  });
});

test('values that are equal but not the same are carried over: case, spelling, key order', async () => {
  const { g, client } = await open(
    db,
    `CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
     CREATE TABLE t (id int PRIMARY KEY, a text COLLATE ci, b json, c numeric);
     INSERT INTO t VALUES (1, 'x', '{"k":1}', 1.0)`,
  );
  for (const [column, value, other] of [
    ['a', "'X'", "'x'"],
    ['b', `'{"k": 1}'`, `'{"k":1}'`],
    ['c', '1.00', '1.0'],
  ] as const) {
    const fresh = `${column}2`;
    const text = `SELECT ${column}::text || ' ' || ${fresh}::text FROM t`;
    await g.safeExpandColumn('t', column, { name: fresh });
    await g.safeFillColumn('t', column, { name: fresh });
    await client.query(`UPDATE t SET ${fresh} = ${value}`);
    expect(await one(client, text)).toBe(await one(client, `SELECT ${value} || ' ' || ${value}`));
    await client.query(`UPDATE t SET ${column} = ${other}`);
    expect(await one(client, text)).toBe(await one(client, `SELECT ${other} || ' ' || ${other}`));
    await g.safeContractColumn('t', column, { name: fresh });
  }
  expect(
    await one(
      client,
      "SELECT collname FROM pg_attribute a JOIN pg_collation c ON c.oid = attcollation WHERE attrelid = 't'::regclass AND attname = 'a2'",
    ),
  ).toBe('ci');
});
