/** What exists under the name, looks like what is asked for, and is something else: each is said. */
import { type Guard, guard, type Outcome } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { errorOf, useDatabase } from './support.js';

const db = useDatabase();

async function open(setup: string): Promise<Guard> {
  await db.run(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; ${setup}`);
  return guard(await db.connect());
}

const PARENT = 'CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, p_id int)';
const toParent = (g: Guard): Promise<Outcome> =>
  g.safeAddForeignKey('t', ['p_id'], { references: { table: 'p', columns: ['id'] } });

describe('is a mismatch:', () => {
  test.each<[string, string, (g: Guard) => Promise<Outcome>, string]>([
    [
      'a foreign key whose triggers are disabled on its table',
      `${PARENT}; ALTER TABLE t ADD CONSTRAINT t_p_id_fkey FOREIGN KEY (p_id) REFERENCES p; ALTER TABLE t DISABLE TRIGGER ALL`,
      toParent,
      'triggers: expected enabled, found disabled on t',
    ],
    [
      'and under another name, on the other table',
      `${PARENT}; ALTER TABLE t ADD CONSTRAINT other FOREIGN KEY (p_id) REFERENCES p; ALTER TABLE p DISABLE TRIGGER ALL`,
      toParent,
      'triggers: expected enabled, found disabled on p',
    ],
    [
      'a sequence that is UNLOGGED',
      'CREATE UNLOGGED SEQUENCE s',
      (g) => g.safeCreateSequence('s'),
      'persistence: expected logged, found unlogged',
    ],
    [
      'a table that inherits',
      'CREATE TABLE base (id int); CREATE TABLE t (id int) INHERITS (base)',
      (g) => g.safeCreateTable('t', 'id int'),
      'kind: expected table, found table that inherits from base',
    ],
    [
      'a primary key with INCLUDE',
      'CREATE TABLE t (id int, n int, PRIMARY KEY (id) INCLUDE (n))',
      (g) => g.safeCreateTable('t', 'id int PRIMARY KEY, n int'),
      'primary key: expected (id), found (id) INCLUDE (n)',
    ],
  ])('%s', async (_, setup, call, difference) => {
    const error = await errorOf<Error & { code: string }>(call(await open(setup)));
    expect(error.message).toContain(difference);
    expect(error.code).toBe('HF_MISMATCH');
  });
});

describe('is told in the outcome:', () => {
  test('an INVALID index that has the new name already', async () => {
    const g = await open(
      "CREATE TABLE t (id int); INSERT INTO t VALUES (1), (1); CREATE INDEX i ON t (id); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass",
    );
    expect(await g.safeRenameIndex('h', 'i')).toMatchObject({
      status: 'unchanged',
      reason: 'public.i is INVALID: safeCreateIndex builds it anew, safeDropIndex takes it away',
    });
  });

  test('NOT NULL that tables which inherit later are not bound by', async () => {
    const g = await open('CREATE TABLE t (id int CONSTRAINT own NOT NULL NO INHERIT)');
    expect(await g.safeSetNotNull('t', 'id')).toMatchObject({
      status: 'unchanged',
      reason: 'its constraint own is NO INHERIT: a table that inherits later is not bound by it',
    });
  });
});

test('a role that may read some columns only is named before it loses the table by its old name', async () => {
  const g = await open(
    'CREATE TABLE t (id int, n int); DROP ROLE IF EXISTS half; CREATE ROLE half; GRANT SELECT (id) ON t TO half; GRANT SELECT (id, n) ON t TO PUBLIC',
  );
  expect((await g.safeExpandTableRename('t', 'u')).status).toBe('applied');
  const other = await open('CREATE TABLE t (id int, n int); GRANT SELECT (id) ON t TO half');
  const error = await errorOf<Error & { code: string }>(other.safeExpandTableRename('t', 'u'));
  expect(error.message).toContain(
    'role half may read some columns only: through the view nobody reads who may not read all of them',
  );
  expect(error.code).toBe('HF_REFUSED');
  expect((await other.safeExpandTableRename('t', 'u', { allow: 'half asks for u' })).status).toBe('applied');
  await db.run('DROP OWNED BY half; DROP ROLE half');
});
