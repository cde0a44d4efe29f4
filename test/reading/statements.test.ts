import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Body } from '../../packages/core/src/body/body.js';
import { resolveOptions } from '../../packages/core/src/options.js';
import type { Session } from '../../packages/core/src/session.js';
import { pgSession } from '../../packages/core/src/session-pg.js';
import { catalogOf, execute } from '../support/catalog.js';
import { createDatabase, type Database } from '../support/database.js';
import { availableMajors, serverFor } from '../support/server.js';
import { SETUP, STATEMENTS } from './statements.js';

async function perform(client: pg.Client, text: string): Promise<string> {
  const body = new Body(pgSession(client) as unknown as Session, resolveOptions({}));
  const detach = body.attach(client);
  try {
    await client.query(text);
  } catch (error) {
    return String((error as { code?: string }).code ?? error);
  } finally {
    detach();
  }
  return [...new Set(body.report().outcomes.map((outcome) => outcome.status))].join();
}

describe.each(availableMajors([15, 18]))('a statement as it is written, on PostgreSQL %s', (major) => {
  let database: Database;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createDatabase(serverFor(major));
    await execute(database.url, SETUP);
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });

  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  async function takenBack<T>(outside: boolean, work: () => Promise<T>): Promise<T> {
    if (outside) {
      const own = await createDatabase(serverFor(major));
      const shared = client;
      await execute(own.url, SETUP);
      client = new pg.Client({ connectionString: own.url });
      await client.connect();
      try {
        return await work();
      } finally {
        await client.end();
        client = shared;
        await own.drop();
      }
    }
    await client.query('BEGIN');
    try {
      return await work();
    } finally {
      await client.query('ROLLBACK');
    }
  }

  describe.each([
    ['in a transaction', false],
    ['outside of one', true],
  ] as const)('%s', (_where, outside) => {
    const statements = STATEMENTS.filter((each) =>
      outside ? each.outside === true : !each.sql.includes('CONCURRENTLY'),
    );

    test.each(statements)('$sql', async ({ sql, again }) => {
      const stock = await takenBack(outside, async () => {
        await client.query(sql);
        return catalogOf(client);
      });
      await takenBack(outside, async () => {
        expect(await perform(client, sql)).toMatch(/^(applied|unguarded|unchanged)$/);
        expect(await catalogOf(client)).toEqual(stock);
        expect(await perform(client, sql)).toBe(again ?? 'unchanged');
        if (!/^[0-9]/.test(again ?? '')) expect(await catalogOf(client)).toEqual(stock);
      });
    });
  });
});
