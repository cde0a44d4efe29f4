/** What becomes of rows that violate, with each `onViolation`. */
import { type DataViolationError, type Guard, type GuardEvent, guard, type Outcome } from '@holdfast/core';
import type pg from 'pg';
import { beforeEach, describe, expect, test } from 'vitest';
import { errorOf, one, useDatabase } from './support.js';

const db = useDatabase();

beforeEach(() =>
  db.run(`DROP TABLE IF EXISTS orders, customers;
    CREATE TABLE customers (id integer PRIMARY KEY);
    CREATE TABLE orders (id integer PRIMARY KEY, total integer, customer_id integer);
    CREATE INDEX ON orders (customer_id);
    INSERT INTO customers SELECT generate_series(1, 3);
    INSERT INTO orders SELECT i, i - 3, i FROM generate_series(1, 5) i`),
);

interface Kind {
  readonly method: string;
  readonly run: (g: Guard, onViolation?: 'throw' | 'warn' | 'keep-unvalidated') => Promise<Outcome>;
  readonly found: RegExp;
  readonly clean: string;
  readonly breach: string;
}

const KINDS: readonly Kind[] = [
  {
    method: 'safeCreateCheckConstraint',
    run: (g, onViolation) =>
      g.safeCreateCheckConstraint('orders', 'it', 'total > 0', onViolation === undefined ? {} : { onViolation }),
    found: /3 rows violate CHECK \(total > 0\) \(\{"id":1\}, \{"id":2\}, \{"id":3\}\)/,
    clean: 'UPDATE orders SET total = 1 WHERE total < 1',
    breach: 'INSERT INTO orders VALUES (6, -1, 1)',
  },
  {
    method: 'safeAddForeignKey',
    run: (g, onViolation) =>
      g.safeAddForeignKey('orders', ['customer_id'], {
        name: 'it',
        references: { table: 'customers', columns: ['id'] },
        ...(onViolation === undefined ? {} : { onViolation }),
      }),
    found: /2 rows have no parent in public.customers \(\{"id":4,"customer_id":4\}, \{"id":5,"customer_id":5\}\)/,
    clean: 'DELETE FROM orders WHERE customer_id > 3',
    breach: 'INSERT INTO orders VALUES (6, 1, 9)',
  },
];

const constraint = (client: pg.Client): Promise<string | undefined> =>
  one(
    client,
    `SELECT CASE WHEN convalidated THEN 'valid' ELSE 'NOT VALID' END FROM pg_constraint WHERE conname = 'it'`,
  );

function watched(client: pg.Client): { g: Guard; warnings: string[] } {
  const warnings: string[] = [];
  const onEvent = (event: GuardEvent): void => {
    if (event.type === 'warning') warnings.push(event.message);
  };
  return { g: guard(client, { onEvent }), warnings };
}

describe.each(KINDS)('$method', ({ run, found, clean, breach }) => {
  describe.each([false, true])('in a transaction: %s', (transaction) => {
    async function open(): Promise<pg.Client> {
      const client = await db.connect();
      if (transaction) await client.query('BEGIN');
      return client;
    }

    test('throws by default, before any change', async () => {
      const client = await open();
      const error = await errorOf<DataViolationError>(run(guard(client)));
      expect(error).toMatchObject({ code: 'HF_DATA', left: 'Nothing was changed.' });
      expect(error.hint).toContain('LIMIT 20;');
      expect(await constraint(client)).toBe(undefined);
    });

    test('warns, and changes nothing', async () => {
      const client = await open();
      const { g, warnings } = watched(client);
      const outcome = await run(g, 'warn');
      expect(outcome).toMatchObject({ status: 'skipped', reason: expect.stringMatching(found) });
      expect(warnings).toEqual([outcome.reason]);
      expect(await constraint(client)).toBe(undefined);
      await client.query(clean);
      expect(await run(g, 'warn')).toMatchObject({ status: 'applied' });
      expect(await constraint(client)).toBe('valid');
    });

    test('keeps it unvalidated until the rows are clean, then validates', async () => {
      const client = await open();
      const { g, warnings } = watched(client);
      const first = await run(g, 'keep-unvalidated');
      expect(first).toMatchObject({ status: 'applied', reason: expect.stringMatching(/^not validated: /) });
      expect(first.reason).toMatch(found);
      expect(warnings).toEqual([first.reason]);
      expect(await constraint(client)).toBe('NOT VALID');
      const second = await run(g, 'keep-unvalidated');
      expect(second).toMatchObject({ status: 'unchanged', reason: first.reason });
      expect(second.steps.filter((step) => step.locks.length > 0)).toEqual([]);
      await client.query(clean);
      const third = await run(g, 'keep-unvalidated');
      expect(third).toMatchObject({ status: 'repaired' });
      expect(third.reason).toBe(undefined);
      expect(await constraint(client)).toBe('valid');
      expect(await run(g, 'keep-unvalidated')).toMatchObject({ status: 'unchanged', steps: [] });
      expect(await errorOf(client.query(breach))).toMatchObject({ code: expect.stringMatching(/^23/) });
    });

    test('plans both, and says what may come', async () => {
      const client = await open();
      const plan = await run(guard(client, { mode: 'plan' }), 'keep-unvalidated');
      expect(plan.status).toBe('planned');
      expect(plan.steps[0]?.why).toContain('only new rows must obey it');
      expect((await run(guard(client, { mode: 'plan' }), 'warn')).steps[0]?.why).toContain('nothing is changed');
    });
  });

  test('rows that slip in before VALIDATE: the error says that new rows must obey it, and a re-run goes on', async () => {
    const client = await slipping(clean, breach);
    const error = await errorOf<DataViolationError>(run(guard(client)));
    expect(error).toMatchObject({ code: 'HF_DATA', count: 1, samples: [{ id: 6 }] });
    expect(error.left).toMatch(/NOT VALID\nNew rows must obey it; it stays NOT VALID until the others do\.$/);
    expect(await constraint(client)).toBe('NOT VALID');
    await client.query('DELETE FROM orders WHERE id = 6');
    expect(await run(guard(client))).toMatchObject({ status: 'repaired' });
    expect(await constraint(client)).toBe('valid');
  });

  test.each(['warn', 'keep-unvalidated'] as const)('and with %s that is no error', async (onViolation) => {
    const client = await slipping(clean, breach);
    const { g, warnings } = watched(client);
    const outcome = await run(g, onViolation);
    expect(outcome).toMatchObject({
      status: 'applied',
      reason: expect.stringMatching(/^not validated: 1 row .*"id":6/),
    });
    expect(warnings).toEqual([outcome.reason]);
    expect(await constraint(client)).toBe('NOT VALID');
    expect(client.getTransactionStatus?.()).toBe('I');
  });
});

/** A client before whose first strong lock, after the count of rows, somebody else adds a row. */
async function slipping(clean: string, breach: string): Promise<pg.Client> {
  const [client, rival] = [await db.connect(), await db.connect()];
  await client.query(clean);
  const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
  let slipped = false;
  client.query = (async (...args: unknown[]) => {
    const text = String(typeof args[0] === 'string' ? args[0] : (args[0] as { text: string }).text);
    if (!slipped && /LOCK TABLE .* IN (ACCESS|SHARE ROW) EXCLUSIVE MODE/.test(text)) {
      slipped = true;
      await rival.query(breach);
    }
    return query(...args);
  }) as typeof client.query;
  return client;
}

describe('safeValidateConstraint', () => {
  const make = (): Promise<void> =>
    db.run('ALTER TABLE orders ADD CONSTRAINT it CHECK (total > 0) NOT VALID, ADD CONSTRAINT key UNIQUE (total)');

  test('counts rows first, names them by key, and leaves the constraint', async () => {
    await make();
    const client = await db.connect();
    expect(await errorOf(guard(client).safeValidateConstraint('orders', 'it'))).toMatchInlineSnapshot(`
      [DataViolationError: safeValidateConstraint: public.orders.it: 3 rows violate CHECK (total > 0):
        {"id":1}
        {"id":2}
        {"id":3}
      Nothing was changed.
      Look at them:
        SELECT * FROM "public"."orders" WHERE (total > 0) IS FALSE LIMIT 20;
      Then correct public.orders and run again.]
    `);
    expect(await constraint(client)).toBe('NOT VALID');
  });

  test.each([
    ['warn', 'skipped'],
    ['keep-unvalidated', 'unchanged'],
  ] as const)('with %s the outcome is %s', async (onViolation, status) => {
    await make();
    const client = await db.connect();
    const { g, warnings } = watched(client);
    const outcome = await g.safeValidateConstraint('orders', 'it', { onViolation });
    expect(outcome).toMatchObject({ status, reason: expect.stringMatching(/^not validated: 3 rows violate/) });
    expect(warnings).toEqual([outcome.reason]);
    await client.query('UPDATE orders SET total = id + 10 WHERE total < 1');
    expect(await g.safeValidateConstraint('orders', 'it', { onViolation })).toMatchObject({ status: 'applied' });
  });

  test('has nothing to do for a unique constraint, and says so', async () => {
    await make();
    const outcome = await guard(await db.connect()).safeValidateConstraint('orders', 'key');
    expect(outcome).toMatchObject({
      status: 'unchanged',
      steps: [],
      reason: expect.stringContaining('unique constraint'),
    });
  });

  test('names near misses of a constraint that is not there', async () => {
    await make();
    const error = await errorOf(guard(await db.connect()).safeValidateConstraint('orders', 'kez'));
    expect(error).toMatchObject({
      code: 'HF_PREREQUISITE',
      missing: [{ kind: 'constraint', name: 'public.orders.kez', nearMisses: ['public.orders.key'] }],
    });
  });
});
