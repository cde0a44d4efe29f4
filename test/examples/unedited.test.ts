import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createDatabase } from '../support/database.js';
import { serverFor } from '../support/server.js';
import { root, shell } from './examples.js';

// Some ten commands one after the other, each of which starts npx.
vi.setConfig({ testTimeout: 600_000 });

test('the readme of the unedited migrations: killed in the middle, everything once, the drift told', async () => {
  const folder = 'examples/knex-unedited';
  const database = await createDatabase(serverFor());
  onTestFinished(() => database.drop());
  const readme = readFileSync(`${root}/${folder}/README.md`, 'utf8');
  const blocks = (kind: string): string[] =>
    [...readme.matchAll(new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, block = '']) => block);
  let output = '';
  for (const command of blocks('sh').flatMap((block) => block.trim().split('\n')))
    output += await shell(command, folder, { DATABASE_URL: database.url });
  expect(output).toMatch(/It has done so far:\n {2}ada@example.com has 10 points\n/);
  expect(output).toContain('ada@example.com has 10 points and 1 visit\n');
  expect(output).toContain('The database is as after 002-points.mjs.\n');
  expect(output).toContain(blocks('text')[0]);
});
