import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { madeHere, relationMadeHere } from '../../packages/core/src/catalog/made-here.js';
import { compileSql, sql } from '../../packages/core/src/sql.js';
import { availableMajors, majors } from '../support/server.js';
import { one, useDatabase } from './support.js';

const LABELS = compileSql(sql`select json_object_agg(e.enumlabel, ${madeHere(sql`e.xmin`)}) from pg_enum e`).text;
const TABLES = compileSql(
  sql`select json_object_agg(c.relname, ${relationMadeHere(sql`c.oid`)}) from pg_class c where c.relname like 'made_%'`,
).text;

describe.each([...new Set([...majors, ...availableMajors([15, 18])])])('on PostgreSQL %i', (major) => {
  const db = useDatabase("CREATE TYPE mood AS ENUM ('old'); CREATE TABLE made_before ()", major);
  const labels = (client: pg.Client): Promise<Record<string, boolean>> => one(client, LABELS);
  const tables = (client: pg.Client): Promise<Record<string, boolean>> => one(client, TABLES);

  test('outside of a transaction nothing is', async () => {
    const client = await db.connect();
    expect(await labels(client)).toMatchObject({ old: false });
    expect(await tables(client)).toMatchObject({ made_before: false });
  });

  test('a row of this transaction is, also out of its savepoints, however they ended', async () => {
    const client = await db.connect();
    await client.query(`BEGIN; CREATE TYPE mine AS ENUM ('top'); CREATE TABLE made_top ();
      SAVEPOINT a; ALTER TYPE mine ADD VALUE 'released'; CREATE TABLE made_released (); RELEASE a;
      SAVEPOINT b; ALTER TYPE mine ADD VALUE 'gone'; ROLLBACK TO b;
      SAVEPOINT c; SAVEPOINT d; ALTER TYPE mine ADD VALUE 'nested'; RELEASE d; ALTER TYPE mine ADD VALUE 'open'`);
    expect(await labels(client)).toEqual({ old: false, top: true, released: true, nested: true, open: true });
    expect(await tables(client)).toEqual({ made_before: false, made_top: true, made_released: true });
    await client.query('ROLLBACK');
  });

  test('altering a table does not make it new', async () => {
    const client = await db.connect();
    await client.query('BEGIN; ALTER TABLE made_before ADD COLUMN a integer; ALTER TABLE made_before DROP COLUMN a');
    expect(await tables(client)).toEqual({ made_before: false });
    await client.query('ROLLBACK');
  });

  test('what another session commits meanwhile is not, though its number is higher', async () => {
    const [mine, other] = [await db.connect(), await db.connect()];
    await mine.query('BEGIN; CREATE TABLE made_mine ()');
    await other.query(`BEGIN; SAVEPOINT a; CREATE TYPE theirs AS ENUM ('sub'); CREATE TABLE made_sub (); RELEASE a;
      CREATE TABLE made_theirs (); ALTER TYPE theirs ADD VALUE 'top'; COMMIT`);
    expect(await labels(mine)).toEqual({ old: false, sub: false, top: false });
    expect(await tables(mine)).toEqual({ made_before: false, made_mine: true, made_sub: false, made_theirs: false });
    // and own savepoints, numbered later still, are told apart from them
    await mine.query("SAVEPOINT a; CREATE TYPE mine AS ENUM ('own'); RELEASE a");
    expect(await labels(mine)).toEqual({ old: false, sub: false, top: false, own: true });
    await mine.query('ROLLBACK');
    await other.query('DROP TYPE theirs; DROP TABLE made_sub, made_theirs');
  });
});
