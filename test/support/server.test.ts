import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createDatabase } from './database.js';
import { availableMajors, majors, serverFor } from './server.js';

async function rows<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe.each([...new Set([...majors, ...availableMajors([15, 18])])])('PostgreSQL %i', (major) => {
  test('is really of that major', async () => {
    const [row] = await rows<{ version: string }>(serverFor(major).url(), 'SELECT version()');
    expect(row?.version).toMatch(new RegExp(`^PostgreSQL ${major}\\.`));
  });

  test('gives a database of its own, also under an awkward name, and drops it under open sessions', async () => {
    const server = serverFor(major);
    const database = await createDatabase(server, `Ünser "Test" ${major}`);
    onTestFinished(() => database.drop());
    const session = new pg.Client({ connectionString: database.url });
    session.on('error', () => {}); // it is thrown out by the drop
    await session.connect();
    const { rows: found } = await session.query('SELECT current_database() AS name');
    expect(found).toEqual([{ name: database.name }]);
    await database.drop();
    const left = await rows(server.url(), `SELECT FROM pg_database WHERE datname LIKE 'Ünser%${major}'`);
    expect(left).toEqual([]);
  });
});

describe.skipIf(process.env['DATABASE_URL'] !== undefined || process.platform === 'win32')('an embedded server', () => {
  test('ends and deletes its data when the program that started it is killed', async () => {
    const server = fileURLToPath(new URL('../../scripts/postgres-server.mjs', import.meta.url));
    const program = `
      const { startServer } = await import(${JSON.stringify(server)});
      console.log((await startServer({ fast: true })).url());
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const url = await new Promise<string>((resolve) =>
      child.stdout.once('data', (text) => resolve(String(text).trim())),
    );
    const [where] = await rows<{ folder: string }>(url, `SELECT current_setting('data_directory') AS folder`);
    const folder = where?.folder ?? '';
    expect(existsSync(folder)).toBe(true);

    child.kill('SIGKILL');

    await expect.poll(() => existsSync(folder), { timeout: 10_000 }).toBe(false);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(folder);
  });
});
