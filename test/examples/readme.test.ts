import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createDatabase } from '../support/database.js';
import { serverFor } from '../support/server.js';
import { EXAMPLES, root, shell } from './examples.js';

// Some ten commands one after the other, each of which starts npx.
vi.setConfig({ testTimeout: 300_000 });

test.concurrent.each(EXAMPLES)('the commands in the readme of $folder work in their order', async ({ folder }) => {
  const database = await createDatabase(serverFor());
  onTestFinished(() => database.drop());
  const commands = shellCommands(readFileSync(`${root}/${folder}/README.md`, 'utf8'));
  let output = '';
  for (const command of commands) output += await shell(command, folder, { DATABASE_URL: database.url });
  expect(commands.length).toBeGreaterThan(9);
  expect(output).toMatch(/2520 {2}discovery flows without a master[\s\S]*Nothing is wrong[\s\S]*Nothing is wrong/);
});

function shellCommands(markdown: string): string[] {
  const blocks = [...markdown.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
  return blocks.flatMap((block) => block.split('\n').filter((line) => line !== ''));
}
