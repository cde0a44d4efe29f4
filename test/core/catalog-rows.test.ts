import { type Guard, guard, type Outcome } from '@holdfast/core';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { availableMajors, majors } from '../support/server.js';
import { countQueries, one, useDatabase } from './support.js';

/**
 * Rows that catalogs have ever got, changed and lost in this database, rolled back or not: no dead row comes from anything else. The
 * count of dead rows itself also falls, whenever the server vacuums.
 */
const WRITTEN = `SELECT json_object_agg(relname, json_build_array(n_tup_ins, n_tup_upd, n_tup_del)) FROM pg_stat_sys_tables
  WHERE relname IN ('pg_attribute', 'pg_attrdef', 'pg_class', 'pg_constraint', 'pg_depend', 'pg_description', 'pg_enum', 'pg_index', 'pg_type')`;

/** What is written of statistics after one statement is seen after the next. */
async function written(client: pg.Client): Promise<Record<string, number[]>> {
  await client.query('SELECT pg_stat_force_next_flush()');
  return one(client, WRITTEN);
}

// Forms that the text alone proves equal: what most migrations are made of.
const FORMS: Readonly<Record<string, (g: Guard) => Promise<Outcome>>> = {
  'a plain column': (g) => g.safeAddColumn('users', 'a', 'integer'),
  'a default': (g) => g.safeAddColumn('users', 'b', "varchar(100) NOT NULL DEFAULT ''"),
  'a number': (g) => g.safeAddColumn('users', 'c', "numeric(10,2) DEFAULT '0.50'"),
  'the time': (g) => g.safeAddColumn('users', 'd', 'timestamptz(3) NOT NULL DEFAULT now()'),
  json: (g) => g.safeAddColumn('users', 'e', "jsonb DEFAULT '{}'"),
  'an array': (g) => g.safeAddColumn('users', 'f', "text[] DEFAULT '{}'"),
  'an enum': (g) => g.safeAddColumn('users', 'g', "status DEFAULT 'open'"),
  'a serial': (g) => g.safeAddColumn('users', 'h', 'bigserial'),
  'an identity': (g) => g.safeAddColumn('users', 'i', 'bigint GENERATED ALWAYS AS IDENTITY'),
  'a generated column': (g) => g.safeAddColumn('users', 'j', 'text GENERATED ALWAYS AS (lower(name)) STORED'),
  'a collation': (g) => g.safeAddColumn('users', 'k', 'text COLLATE "C"'),
  'a call': (g) => g.safeAddColumn('users', 'l', 'uuid DEFAULT gen_random_uuid()'),
  'a domain': (g) => g.safeAddColumn('users', 'm', 'email'),
  'a name that is cut': (g) => g.safeAddColumn('users', 'n'.repeat(70), 'integer'),
  'a unique column': (g) => g.safeAddColumn('users', 'o', 'text UNIQUE'),
  'a reference': (g) => g.safeAddColumn('users', 'p', 'integer REFERENCES orgs (id) ON DELETE CASCADE'),
  'a column that is gone': (g) => g.safeDropColumn('users', 'gone'),
  'NOT NULL': (g) => g.safeSetNotNull('users', 'name'),
  'a comment': (g) => g.safeSetComment('users', 'name', "what it's called"),
  'an index': (g) => g.safeCreateIndex('users', ['name', { column: 'id', order: 'desc' }], { include: ['a'] }),
  'a unique index': (g) => g.safeCreateIndex('users', ['name'], { unique: true, name: 'one_name' }),
  'an index on an expression': (g) => g.safeCreateIndex('users', [{ expression: 'lower(name)' }]),
  'a partial index': (g) => g.safeCreateIndex('users', ['id'], { where: '(name IS NOT NULL)' }),
  'a foreign key': (g) => g.safeAddForeignKey('users', ['a'], { references: { table: 'orgs', columns: ['id'] } }),
  'a unique constraint': (g) => g.safeCreateUniqueConstraint('users', ['name', 'a']),
  'a check': (g) => g.safeCreateCheckConstraint('users', 'positive', 'a > 0'),
  'an enum type': (g) => g.safeCreateEnum('status', ['open', 'closed']),
  'an enum value': (g) => g.safeAddEnumValue('status', 'closed', { after: 'open' }),
};

const SETUP = `
  CREATE TYPE status AS ENUM ('open', 'closed');
  CREATE DOMAIN email AS text;
  CREATE TABLE orgs (id integer PRIMARY KEY);
  CREATE TABLE users (id integer PRIMARY KEY, name text);`;

const trips = (outcome: Outcome): number => outcome.roundTrips + outcome.children.reduce((sum, c) => sum + trips(c), 0);
const operations = (outcome: Outcome): number => 1 + outcome.children.reduce((sum, c) => sum + operations(c), 0);

// pg_stat_force_next_flush came with 15
const runs = [...new Set([...majors, ...availableMajors([15])])].filter((major) => major >= 15);
describe.each(runs)('on PostgreSQL %i', (major) => {
  const db = useDatabase(SETUP, major);

  test('a thousand re-runs leave no row behind in the catalog, at one round trip each', async () => {
    const [client, observer] = [await db.connect(), await db.connect()];
    await client.query('SET client_min_messages = error');
    const g = guard(client);
    for (const make of Object.values(FORMS)) await make(g);
    await client.query('SELECT pg_stat_force_next_flush()');
    const before = await written(observer);
    expect(Object.keys(before)).toHaveLength(9);
    const count = countQueries(client);
    let runs = 0;
    for (let round = 0; round < 20; round += 1) {
      for (const [form, again] of Object.entries(FORMS)) {
        const outcome = await again(g);
        expect([form, outcome.status, trips(outcome)]).toEqual([form, 'unchanged', operations(outcome)]);
        runs += operations(outcome);
      }
    }
    expect(runs).toBeGreaterThan(500);
    expect(count.sent).toBe(runs);
    await client.query('SELECT pg_stat_force_next_flush()');
    expect(await written(observer)).toEqual(before);
  });

  test('and rows that are rolled back would be seen', async () => {
    const [client, observer] = [await db.connect(), await db.connect()];
    const before = await written(observer);
    await client.query('BEGIN; CREATE TEMP TABLE shadow (a integer); ROLLBACK');
    await client.query('SELECT pg_stat_force_next_flush()');
    expect(await written(observer)).not.toEqual(before);
  });
});
