import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createDatabase } from '../support/database.js';
import { serverFor } from '../support/server.js';
import { root, shell } from './examples.js';

vi.setConfig({ testTimeout: 90_000 });

const FOLDER = 'examples/typeorm-change-column';

test('the commands in the readme of typeorm-change-column print what stands under them', async () => {
  const database = await createDatabase(serverFor());
  onTestFinished(() => database.drop());
  const readme = readFileSync(`${root}/${FOLDER}/README.md`, 'utf8');
  const steps = [...readme.matchAll(/^```sh\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```/gm)];
  expect(steps).toHaveLength(2);
  for (const [, commands = '', output] of steps) {
    const list = commands.trim().split('\n');
    const last = list.pop() ?? '';
    for (const command of list) await shell(command, FOLDER, { DATABASE_URL: database.url });
    expect(await shell(last, FOLDER, { DATABASE_URL: database.url })).toBe(output);
  }
});
