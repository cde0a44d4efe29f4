/** One schema has the same lines on every major, in a copy made from a dump, and in the WASM build that migrations are replayed on. */
import { spawnSync } from 'node:child_process';
import { PGlite } from '@electric-sql/pglite';
import { catalogDifference, type PgClient, readCatalogLines } from '@holdfast/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { useDatabase } from '../core/support.js';
import { withClient } from '../support/catalog.js';
import { createDatabase } from '../support/database.js';
import { availableMajors, serverFor } from '../support/server.js';
import { BROAD } from './schema.js';

const NOTHING = { missing: [], extra: [], changed: [] };
const majors = availableMajors([13, 14, 15, 16, 17, 18]);
const read = (url: string): ReturnType<typeof readCatalogLines> =>
  withClient(url, (client) => readCatalogLines(client));

const made = new Map(majors.map((major) => [major, useDatabase(BROAD, major)]));
const lines = new Map<number, Awaited<ReturnType<typeof read>>>();
beforeAll(async () => {
  for (const [major, db] of made) lines.set(major, await read(db.url()));
});
const newest = (): Awaited<ReturnType<typeof read>> => lines.get(Math.max(...majors)) ?? new Map();

test.each(majors)('PostgreSQL %i prints what the newest prints', (major) => {
  expect(newest().size).toBeGreaterThan(130);
  expect(catalogDifference(newest(), lines.get(major) ?? new Map())).toEqual(NOTHING);
});

test('PGlite prints what the newest prints', async () => {
  const lite = await PGlite.create();
  try {
    await lite.exec(BROAD);
    const client = { query: ({ text }: { text: string }) => lite.exec(text) } as unknown as PgClient;
    expect(catalogDifference(newest(), await readCatalogLines(client))).toEqual(NOTHING);
  } finally {
    await lite.close();
  }
}, 300_000);

describe.each(majors.filter(hasDump))('pg_dump of PostgreSQL %i', (major) => {
  test('makes a copy with the same lines, and a copy of the copy', async () => {
    let url = made.get(major)?.url() ?? '';
    for (const _ of [1, 2]) {
      const { stdout } = spawnSync('pg_dump', ['--schema-only', '--no-owner', url], {
        encoding: 'utf8',
        maxBuffer: 1e8,
      });
      const copy = await createDatabase(serverFor(major));
      url = copy.url;
      const script = stdout.replaceAll(/^\\(?:un)?restrict .*$/gm, '').replace(/^CREATE SCHEMA public;$/m, '');
      await withClient(url, (client) => client.query(script));
      expect(catalogDifference(newest(), await read(url))).toEqual(NOTHING);
    }
  });
});

function hasDump(major: number): boolean {
  return spawnSync('pg_dump', ['--version'], { encoding: 'utf8' }).stdout?.includes(` ${major}.`) ?? false;
}
