/** Every code block of the documentation is run. `HOLDFAST_DOCS=write` puts what really came out into the files. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execute } from '../support/catalog.js';
import { createDatabase, type Database } from '../support/database.js';
import { availableMajors, majors, serverFor } from '../support/server.js';
import { applies, type Bench, checkTs, kindOf, sourceOf, wantedText } from './check.js';
import { checkCommands } from './commands.js';
import { type Block, blocksOf, documents, readDocument, root, withTexts } from './markdown.js';
import { printOptions } from './print.js';

const writing = process.env['HOLDFAST_DOCS'] === 'write';
const templates = new Map<number, Database>();
const present = [...new Set([...majors, ...availableMajors([15]), ...availableMajors([18])])];
// The newest first: plans are those of 18.
const [main = 18] = [...present].sort((a, b) => b - a);

const bench: Bench = {
  majors: present,
  copy: (major = main) => createDatabase(serverFor(major), { template: templates.get(major)?.name ?? '' }),
};

beforeAll(async () => {
  const setup = readFileSync(`${root}docs/setup.sql`, 'utf8');
  for (const major of present) {
    const template = await createDatabase(serverFor(major));
    await execute(template.url, setup);
    templates.set(major, template);
  }
});
afterAll(() => Promise.all([...templates.values()].map((template) => template.drop())));

const files = documents().map((file) => ({ file, blocks: blocksOf(file) }));

describe.each(files.filter(({ blocks }) => blocks.length > 0))('$file', ({ file, blocks }) => {
  const found: { readonly block: Block; readonly text: string }[] = [];
  // What throws is run by the test of the message that it throws.
  const thrown = new Set(blocks.filter((block) => kindOf(block) === 'error').map((block) => sourceOf(block, blocks)));
  const here = blocks.filter((block) => applies(block, bench) && !thrown.has(block));

  test.concurrent.each(here.map((block) => ({ block, title: `line ${block.line}: ${block.info.join(' ')}` })))(
    '$title',
    async ({ block }) => {
      const kind = kindOf(block);
      if (kind === 'ts') return checkTs(block, bench);
      if (kind === 'sh') return checkCommands(block.text);
      if (kind === 'excerpt') return expect(readDocument(block.info[2] ?? '')).toContain(block.text);
      if (kind === 'sql') return runSql(block.text);
      const text = await wantedText(block, sourceOf(block, blocks), bench);
      if (writing) found.push({ block, text });
      else expect(block.text).toBe(text);
    },
  );

  afterAll(() => {
    if (found.length > 0) writeFileSync(`${root}${file}`, withTexts(readDocument(file), found));
  });
});

test('docs/options.md has the defaults of resolveOptions', () => {
  const file = 'docs/options.md';
  const [, before = '', table = '', after = ''] =
    /^([\s\S]*<!-- options -->\n)([\s\S]*?)(\n<!-- \/options -->[\s\S]*)$/.exec(readDocument(file)) ?? [];
  if (writing) writeFileSync(`${root}${file}`, `${before}${printOptions()}${after}`);
  else expect(table).toBe(printOptions());
});

async function runSql(sql: string): Promise<void> {
  const database = await bench.copy();
  await execute(database.url, sql).finally(() => database.drop());
}
