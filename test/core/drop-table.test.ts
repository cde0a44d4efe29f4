import { randomBytes } from 'node:crypto';
import { type DataViolationError, type DependencyError, guard, type HoldfastError } from '@holdfast/core';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { pidOf } from '../support/clients.js';
import { majors } from '../support/server.js';
import { waits } from '../traps/support.js';
import { errorOf, one, useDatabase } from './support.js';

const role = `hf_rows_${randomBytes(6).toString('hex')}`;

describe.each(majors)('PostgreSQL %i', (major) => {
  const db = useDatabase(`CREATE ROLE ${role}`, major);
  afterAll(() => db.run(`DROP OWNED BY ${role}; DROP ROLE ${role}`));
  beforeEach(() =>
    db.run(
      'DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app; CREATE TABLE app.old (id integer PRIMARY KEY, a integer)',
    ),
  );

  test('names everything that the server would not drop along, with its kind', async () => {
    const client = await db.connect();
    await client.query(`SET search_path TO app;
      CREATE VIEW v AS SELECT a FROM old;
      CREATE MATERIALIZED VIEW mv AS SELECT a FROM old;
      CREATE TABLE kid () INHERITS (old);
      CREATE TABLE other (old_id integer CONSTRAINT other_old REFERENCES old (id), whole old, b integer);
      CREATE FUNCTION f(old) RETURNS integer LANGUAGE sql AS 'SELECT 1';
      CREATE RULE r AS ON UPDATE TO other DO ALSO DELETE FROM old;
      CREATE POLICY p ON other USING (EXISTS (SELECT FROM old));
      CREATE SEQUENCE counter OWNED BY old.a;
      ALTER TABLE other ALTER COLUMN b SET DEFAULT nextval('counter')`);
    const error = await errorOf<DependencyError>(guard(client).safeDropTable('old', { allowRows: true, allow: 'all' }));
    expect(error).toMatchObject({ code: 'HF_DEPENDENCY', left: 'Nothing was changed.' });
    expect([...error.dependents].sort()).toEqual([
      'column whole of table other',
      'default value for column b of table other',
      'foreign key other_old on table other',
      'function f(old)',
      'materialized view mv',
      'policy p on table other',
      'rule r on table other',
      'table kid',
      'view v',
    ]);
    // The server names the same ones.
    const server = await errorOf<Error & { detail: string }>(client.query('DROP TABLE old'));
    expect(server.detail.split('\n')).toHaveLength(error.dependents.length);
  });

  test('what is the table’s own goes with it', async () => {
    const client = await db.connect();
    await client.query(`SET search_path TO app; CREATE INDEX ON old (a); CREATE STATISTICS s ON id, a FROM old;
      CREATE POLICY p ON old USING (a > 1); CREATE RULE r AS ON DELETE TO old DO INSTEAD NOTHING;
      CREATE TRIGGER t BEFORE UPDATE OF a ON old FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
      ALTER TABLE old ADD parent integer REFERENCES old (id), ADD n serial, ADD g integer GENERATED ALWAYS AS (a * 2) STORED`);
    expect(await guard(client).safeDropTable('old')).toMatchObject({ status: 'applied' });
    expect(await guard(client).safeDropTable('old')).toMatchObject({ status: 'unchanged', steps: [] });
    expect(await one(client, "SELECT count(*)::int FROM pg_class WHERE relnamespace = 'app'::regnamespace")).toBe(0);
  });

  test.each([
    ['CREATE VIEW app.thing AS SELECT 1', 'it is a view, not a table.'],
    ['CREATE SEQUENCE app.thing', 'it is a sequence, not a table.'],
    ['CREATE INDEX thing ON app.old (a)', 'it is an index, not a table.'],
    ['CREATE TYPE app.thing AS (a integer)', 'it is a composite type, not a table.'],
  ])('%s: no table, and left alone', async (sql, happened) => {
    const client = await db.connect();
    await client.query(sql);
    expect(await errorOf(guard(client).safeDropTable('app.thing'))).toMatchObject({ code: 'HF_REFUSED', happened });
  });

  test('rows stop it, those of partitions too, and partitions want a reason', async () => {
    const client = await db.connect();
    await client.query(`CREATE TABLE app.events (id integer) PARTITION BY RANGE (id);
      CREATE TABLE app.events_1 PARTITION OF app.events FOR VALUES FROM (0) TO (10);
      INSERT INTO app.events SELECT i FROM generate_series(0, 9) i`);
    const g = guard(client);
    expect(await errorOf(g.safeDropTable('app.events'))).toMatchObject({
      code: 'HF_DEPENDENCY',
      dependents: ['app.events_1'],
    });
    expect(await errorOf<DataViolationError>(g.safeDropTable('app.events', { allow: 'old' }))).toMatchObject({
      code: 'HF_DATA',
      count: 10,
      atLeast: false,
      left: 'Nothing was changed.',
    });
    expect(await g.safeDropTable('app.events', { allow: 'old', allowRows: true })).toMatchObject({ status: 'applied' });
  });

  test('a count of many rows ends at 10 000', async () => {
    const client = await db.connect();
    await client.query('INSERT INTO app.old SELECT i FROM generate_series(1, 10050) i');
    const error = await errorOf<DataViolationError>(guard(client).safeDropTable('app.old'));
    expect(error).toMatchObject({ count: 10_000, atLeast: true });
    expect(error.message).toMatch(/at least 10 000 rows in it.*\nNothing was changed\.\n.*\{ allowRows: true \}/s);
  });

  test.each(['none', 'transaction'])('a row that comes between the look and the lock is not lost: %s', async (form) => {
    const [client, rival, watcher] = [await db.connect(), await db.connect(), await db.connect()];
    await rival.query('BEGIN; INSERT INTO app.old VALUES (1)');
    if (form === 'transaction') await client.query('BEGIN');
    const ended = errorOf(guard(client, { lockTimeoutMs: 20_000 }).safeDropTable('app.old'));
    await waits(watcher, pidOf(client), 'relation');
    await rival.query('COMMIT');
    expect(await ended).toMatchObject({ code: 'HF_DATA', count: 1 });
    if (form === 'transaction') expect(await one(client, 'SELECT count(*)::int FROM app.old')).toBe(1);
    await client.query('ROLLBACK');
    expect(await one(watcher, 'SELECT count(*)::int FROM app.old')).toBe(1);
  });

  test('a transaction that cannot see new rows does not conclude that there are none', async () => {
    const [client, rival] = [await db.connect(), await db.connect()];
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1 FROM app.old');
    await rival.query('INSERT INTO app.old VALUES (1)');
    // LOCK TABLE of the rival's transaction is over, so only the snapshot hides its row.
    const error = await errorOf<HoldfastError>(guard(client).safeDropTable('app.old'));
    expect(error).toMatchObject({ code: 'HF_REFUSED' });
    expect(error.happened).toContain('REPEATABLE READ');
    await client.query('ROLLBACK');
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await client.query('CREATE TABLE app.empty (id integer)');
    expect(await guard(client).safeDropTable('app.empty')).toMatchObject({ status: 'applied' });
    await client.query('ROLLBACK');
  });

  test('a role that may not see the rows does not conclude that there are none', async () => {
    const client = await db.connect();
    await client.query(`INSERT INTO app.old VALUES (1); GRANT ALL ON SCHEMA app TO ${role}; ALTER TABLE app.old OWNER TO ${role};
      ALTER TABLE app.old ENABLE ROW LEVEL SECURITY; ALTER TABLE app.old FORCE ROW LEVEL SECURITY; SET ROLE ${role}`);
    expect(await one(client, 'SELECT count(*)::int FROM app.old')).toBe(0);
    expect(await errorOf(guard(client).safeDropTable('app.old'))).toMatchObject({ code: 'HF_PRIVILEGE' });
    expect(await guard(client).safeDropTable('app.old', { allowRows: true })).toMatchObject({ status: 'applied' });
  });

  test('two that drop the same table both succeed', async () => {
    const clients = [await db.connect(), await db.connect()];
    const holder = await db.connect();
    await holder.query('BEGIN; LOCK TABLE app.old IN ACCESS SHARE MODE');
    const both = Promise.all(
      clients.map((client) => guard(client, { lockTimeoutMs: 20_000 }).safeDropTable('app.old')),
    );
    const watcher = await db.connect();
    for (const client of clients) await waits(watcher, pidOf(client), 'relation');
    await holder.query('COMMIT');
    expect((await both).map((outcome) => outcome.status).sort()).toEqual(['applied', 'unchanged']);
  });
});
