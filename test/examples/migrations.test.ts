import { expect, onTestFinished, test, vi } from 'vitest';
import { findWrongs } from '../../examples/flows-database/look.mjs';
import { makeFlowsDatabase } from '../../examples/flows-database/make.mjs';
import { execute } from '../support/catalog.js';
import { createDatabase } from '../support/database.js';
import { serverFor } from '../support/server.js';
import { EXAMPLES, readRows, readSchema, shell } from './examples.js';

vi.setConfig({ testTimeout: 300_000 });

const LEFTOVERS = /restored_by|assessment_flows_master_flow_id_(idx|fkey)|holdfast_not_null/;
// Down leaves the time of the last change and drops the column that says who made it.
const VOLATILE = ['updated_at', 'restored_by'];

test.concurrent.each(EXAMPLES)('$folder goes up, up again, down and up', async ({ folder, up, down, ledger }) => {
  const database = await createDatabase(serverFor());
  onTestFinished(() => database.drop());
  const { url } = database;
  const run = (command: string): Promise<string> => shell(command, folder, { DATABASE_URL: url });

  await makeFlowsDatabase(url);
  const before = { schema: await readSchema(url), rows: await readRows(url, VOLATILE) };

  const first = await run(up);
  const after = { schema: await readSchema(url), rows: await readRows(url) };
  expect(await findWrongs(url)).toEqual([]);
  expect(statusesIn(first)).toEqual(['applied', 'repaired', 'skipped', 'unchanged']);
  expect(after.rows['discovery_flows']).toHaveLength(3000);
  const created = await readAudit(url);
  expect(created).toEqual([{ action: 'master created', lines: 2200 }]);

  await run(`node ../flows-database/forget.mjs ${ledger}`);
  const again = await run(up);
  expect(statusesIn(again)).toEqual(['skipped', 'unchanged']);
  expect({ schema: await readSchema(url), rows: await readRows(url) }).toEqual(after);

  expect(await readAudit(url)).toEqual(created);

  await run(down);
  expect(await readAudit(url)).toEqual([...created, { action: 'master removed', lines: 2200 }]);
  const leftByEarlierTries = before.schema.filter((line) => LEFTOVERS.test(line));
  expect(leftByEarlierTries).toHaveLength(4);
  expect(await readSchema(url)).toEqual(
    [...before.schema.filter((line) => !LEFTOVERS.test(line)), 'enum migration.flow_type.assessment'].sort(),
  );
  expect(await readRows(url, VOLATILE)).toEqual(before.rows);

  await run(up);
  expect(await readSchema(url)).toEqual(after.schema);
  // Masters of the old import, whose flows have no date, are as old as the migration.
  expect(await readLinks(url)).toEqual(linksOf(after.rows));
});

/** The kinds of outcome in the output of a runner. */
function statusesIn(output: string): string[] {
  return [...new Set([...output.matchAll(/^ +\S (\w+) /gm)].map(([, status = '']) => status))].sort();
}

function readAudit(url: string): Promise<Record<string, unknown>[]> {
  return execute(
    url,
    'SELECT action, count(*)::int AS lines FROM migration.flow_audit GROUP BY action ORDER BY action',
  );
}

async function readLinks(url: string): Promise<unknown> {
  return linksOf(await readRows(url));
}

function linksOf(rows: Record<string, unknown[]>): unknown {
  const tables = Object.entries(rows).map(([table, list]) => [
    table,
    list.map((entry) => {
      const { row } = entry as { row: Record<string, unknown> };
      return [row['id'] ?? row['flow_id'], row['master_flow_id'], row['flow_type']];
    }),
  ]);
  return Object.fromEntries(tables);
}
