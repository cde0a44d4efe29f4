/** The migrations of docs/expand-contract.md, one after the other: all the way there, all the way back, and there again. */
import { type Guard, guard } from '@holdfast/core';
import { expect, test } from 'vitest';
import { catalogOf } from '../support/catalog.js';
import { availableMajors } from '../support/server.js';
import { useDatabase } from './support.js';

interface Migration {
  up(g: Guard): Promise<unknown>;
  down(g: Guard): Promise<unknown>;
}

const KEY: readonly Migration[] = [
  {
    up: (g) => g.safeExpandColumn('accounts', 'id', 'bigint'),
    down: (g) => g.safeContractColumn('accounts', 'id', 'integer'),
  },
  { up: (g) => g.safeFillColumn('accounts', 'id', 'bigint'), down: () => Promise.resolve() },
  {
    up: (g) => g.safeSwapColumn('accounts', 'id', 'bigint'),
    down: async (g) => {
      await g.safeFillColumn('accounts', 'id', 'integer');
      await g.safeSwapColumn('accounts', 'id', 'integer');
      await g.safeFillColumn('accounts', 'id', 'bigint');
    },
  },
  {
    up: (g) => g.safeContractColumn('accounts', 'id', 'bigint'),
    down: (g) => g.safeExpandColumn('accounts', 'id', 'integer'),
  },
];
const NAME: readonly Migration[] = [
  {
    up: async (g) => {
      await g.safeExpandColumn('accounts', 'name', { name: 'title' });
      await g.safeFillColumn('accounts', 'name', { name: 'title' });
    },
    down: (g) => g.safeContractColumn('accounts', 'title', { name: 'name' }),
  },
  {
    up: (g) => g.safeContractColumn('accounts', 'name', { name: 'title' }),
    down: async (g) => {
      await g.safeExpandColumn('accounts', 'title', { name: 'name' });
      await g.safeFillColumn('accounts', 'title', { name: 'name' });
    },
  },
];
const SETUP = `
  CREATE TABLE accounts (id serial PRIMARY KEY, name text NOT NULL DEFAULT 'none' UNIQUE);
  CREATE TABLE payments (id bigserial PRIMARY KEY, account_id integer NOT NULL REFERENCES accounts (id));
  INSERT INTO accounts (name) SELECT 'account ' || i FROM generate_series(1, 20) i; INSERT INTO payments (account_id) SELECT id FROM accounts;`;

for (const major of availableMajors([15, 18])) {
  const db = useDatabase('', major);

  test.each([
    ['a key becomes bigint', KEY],
    ['a column gets another name', NAME],
  ])('%s, from any migration all the way back, and there again', async (_name, migrations) => {
    const client = await db.connect();
    const g = guard(client);
    for (let reached = 1; reached <= migrations.length; reached += 1) {
      await client.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; ${SETUP}`);
      const before = await catalogOf(client);
      const values = await client.query('SELECT * FROM accounts JOIN payments ON account_id = accounts.id ORDER BY 1');
      const there = migrations.slice(0, reached);
      for (const { up } of there) await up(g);
      const wanted = await catalogOf(client);
      expect(wanted).not.toEqual(before);
      for (const { down } of there.toReversed()) await down(g);
      const narrow = (line: string): boolean => !line.startsWith('sequence accounts_id_seq');
      expect((await catalogOf(client)).filter(narrow)).toEqual(before.filter(narrow));
      expect(
        (
          await client.query(
            'SELECT accounts.id, name, payments.id, account_id FROM accounts JOIN payments ON account_id = accounts.id ORDER BY 1',
          )
        ).rows,
      ).toEqual(values.rows);
      for (const { up } of there) await up(g);
      expect((await catalogOf(client)).filter(narrow)).toEqual(wanted.filter(narrow));
    }
  });
}
