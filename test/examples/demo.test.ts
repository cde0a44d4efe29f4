import { expect, test, vi } from 'vitest';
import { execute } from '../support/catalog.js';
import { serverFor } from '../support/server.js';
import { shell } from './examples.js';

vi.setConfig({ testTimeout: 90_000 });

test('the demo shows every kind of outcome, finds nothing wrong, and drops the databases that it made', async () => {
  const server = serverFor();
  const output = await shell('node examples/demo.mjs', '.', { DATABASE_URL: server.url() });
  const prefix = /databases named (holdfast_demo_\w+)…/.exec(output)?.[1];
  expect(prefix).toBeDefined();
  for (const status of ['+ applied', '~ repaired', '= unchanged', '- skipped']) expect(output).toContain(status);
  expect(output.match(/Nothing is wrong/g)).toHaveLength(2);
  expect(output).toContain('table migration.flow_masters does not exist (there is migration.flow_master)');
  expect(output).toMatch(/^ +Knex, again +0 +0 +\d+ +\d+ +0 +0 +0$/m);
  expect(output).toMatch(/^ +TypeORM, again +0 +0 +\d+ +\d+ +0 +0 +0$/m);
  const left = await execute(server.url(), `SELECT datname FROM pg_database WHERE datname LIKE '${prefix}%'`);
  expect(left).toEqual([]);
});
