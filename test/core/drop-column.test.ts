import { type DependencyError, guard, type HoldfastError } from '@holdfast/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { majors } from '../support/server.js';
import { errorOf, one, useDatabase } from './support.js';

const SETUP = `DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app; SET search_path TO app;
  CREATE TABLE t (id integer PRIMARY KEY, a integer, b integer, c text);
  CREATE TABLE other (t_a integer, x integer);
  CREATE TABLE parts (k integer, a integer, b integer, c text) PARTITION BY RANGE (k);
  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);`;

describe.each(majors)('PostgreSQL %i', (major) => {
  const db = useDatabase('', major);
  beforeEach(() => db.run(`${SETUP} DROP PUBLICATION IF EXISTS hf_columns`));

  test('the index by which a published table tells its rows does not go without a word', async () => {
    const client = await db.connect();
    await client.query(
      'CREATE TABLE app.told (id integer, c integer NOT NULL UNIQUE); ALTER TABLE app.told REPLICA IDENTITY USING INDEX told_c_key',
    );
    const error = await errorOf<DependencyError>(guard(client).safeDropColumn('app.told', 'c'));
    expect(error).toMatchObject({
      code: 'HF_DEPENDENCY',
      dependents: ['unique constraint told_c_key on table app.told'],
    });
  });

  test('what keeps the column is named, each with its kind, as the server would', async () => {
    const client = await db.connect();
    await client.query(`SET search_path TO app; SET client_min_messages = error;
      ALTER TABLE t ADD UNIQUE (a);
      ALTER TABLE other ADD CONSTRAINT other_a FOREIGN KEY (t_a) REFERENCES t (a);
      CREATE VIEW v AS SELECT a FROM t;
      CREATE RULE r AS ON UPDATE TO other DO ALSO DELETE FROM t WHERE a = 1;
      CREATE POLICY p ON t USING (a = 1);
      CREATE TRIGGER on_a BEFORE UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
      CREATE SEQUENCE s OWNED BY t.a; ALTER TABLE other ALTER COLUMN x SET DEFAULT nextval('s');
      ALTER TABLE t ADD COLUMN g integer GENERATED ALWAYS AS (a * 2) STORED`);
    if (major >= 15) await client.query('CREATE PUBLICATION hf_columns FOR TABLE t (id, a)');
    const error = await errorOf<DependencyError>(guard(client).safeDropColumn('t', 'a', { allow: 'all' }));
    expect(error).toMatchObject({ code: 'HF_DEPENDENCY', left: 'Nothing was changed.' });
    const expected = [
      'default value for column x of table other',
      'foreign key other_a on table other',
      ...(major >= 15 ? ['generated column g of table t'] : []),
      'policy p on table t',
      ...(major >= 15 ? ['publication of table t in publication hf_columns'] : []),
      'rule r on table other',
      'trigger on_a on table t',
      'view v',
    ];
    expect([...error.dependents].sort()).toEqual(expected);
    for (const name of expected) expect(error.message).toContain(`\n  ${name}`);
    const server = await errorOf<Error & { detail: string }>(client.query('ALTER TABLE t DROP COLUMN a'));
    expect(server.detail.split('\n')).toHaveLength(expected.length);
  });

  test('what would go along and holds other columns is named; what is the column’s alone goes', async () => {
    const client = await db.connect();
    await client.query(`SET search_path TO app;
      CREATE INDEX i_both ON t (a, b); CREATE INDEX i_where ON t (a) WHERE b = 1; CREATE INDEX i_own ON t (a) WHERE a > 1;
      CREATE INDEX i_expression ON t (abs(a)); ALTER TABLE t ADD CONSTRAINT u_both UNIQUE (a, b), ADD CONSTRAINT u_own UNIQUE (a),
        ADD CONSTRAINT c_both CHECK (a < b), ADD CONSTRAINT c_own CHECK (a > 0), ADD CONSTRAINT self FOREIGN KEY (a) REFERENCES t (id);
      CREATE STATISTICS s_both ON a, b FROM t`);
    const error = await errorOf<DependencyError>(guard(client).safeDropColumn('t', 'a'));
    expect([...error.dependents].sort()).toEqual([
      'check constraint c_both on table t',
      'index i_both',
      'index i_where',
      'statistics object s_both',
      'unique constraint u_both on table t',
    ]);
    expect(await guard(client).safeDropColumn('t', 'a', { allow: 'all' })).toMatchObject({ status: 'applied' });
    expect(
      await one(
        client,
        "SELECT array_agg(relname::text) FROM pg_class WHERE relkind = 'i' AND relnamespace = 'app'::regnamespace AND relname <> 't_pkey'",
      ),
    ).toBeNull();
  });

  test('a primary key is named even when it is the column’s alone', async () => {
    const error = await errorOf<DependencyError>(guard(await db.connect()).safeDropColumn('app.t', 'id'));
    expect(error.dependents).toEqual(['primary key t_pkey on table app.t']);
  });

  test('what only a partition has is named, what the partitioned table has once', async () => {
    const client = await db.connect();
    await client.query(`SET search_path TO app;
      CREATE INDEX whole ON parts (a, b); CREATE INDEX own ON parts_1 (a, b); CREATE INDEX plain ON parts_1 (a);
      ALTER TABLE parts ADD CONSTRAINT c_whole CHECK (a < b); ALTER TABLE parts_1 ADD CONSTRAINT c_own CHECK (a > b);
      ALTER TABLE parts ADD CONSTRAINT u_whole UNIQUE (k, a); CREATE STATISTICS s_own ON a, b FROM parts_1`);
    const g = guard(client);
    expect([...(await errorOf<DependencyError>(g.safeDropColumn('parts', 'a'))).dependents].sort()).toEqual([
      'check constraint c_own on table parts_1',
      'check constraint c_whole on table parts',
      'index own',
      'index whole',
      'statistics object s_own',
      'unique constraint u_whole on table parts',
    ]);
    await client.query('CREATE VIEW v AS SELECT c FROM parts_1');
    expect((await errorOf<DependencyError>(g.safeDropColumn('parts', 'c'))).dependents).toEqual(['view v']);
  });

  test('an inherited column and a part of the partition key are refused', async () => {
    const g = guard(await db.connect());
    expect(await errorOf<HoldfastError>(g.safeDropColumn('app.parts_1', 'c'))).toMatchObject({
      code: 'HF_REFUSED',
      happened: 'it is inherited from table app.parts.',
    });
    expect(await errorOf<HoldfastError>(g.safeDropColumn('app.parts', 'k'))).toMatchObject({
      code: 'HF_REFUSED',
      happened: 'it is part of the key by which the table is partitioned.',
    });
  });

  test('the last column may go', async () => {
    const client = await db.connect();
    await client.query('CREATE TABLE app.one (a integer)');
    expect(await guard(client).safeDropColumn('app.one', 'a')).toMatchObject({ status: 'applied' });
  });
});
