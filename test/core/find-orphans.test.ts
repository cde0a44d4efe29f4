import { guard } from '@holdfast/core';
import { expect, test } from 'vitest';
import { errorOf, useDatabase } from './support.js';

const db = useDatabase(`
  CREATE TABLE accounts (id integer PRIMARY KEY);
  CREATE TABLE tickets (id integer PRIMARY KEY, account_id integer);
`);

test('says by name what it needs and what looks alike, all at once', async () => {
  const g = guard(await db.connect());
  const error = await errorOf(
    g.findOrphans('public.tickets', 'acount_id', {
      references: { table: 'account', column: 'id' },
      select: ['id', 'title'],
    }),
  );
  expect(error).toMatchObject({ code: 'HF_PREREQUISITE', left: 'Nothing was changed.' });
  expect(error.message).toContain('column public.tickets.acount_id does not exist (there is public.tickets.account_id');
  expect(error.message).toContain('column public.tickets.title does not exist');
  expect(error.message).toContain('table account does not exist (there is public.accounts');
});
