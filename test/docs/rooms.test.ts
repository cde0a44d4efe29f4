/** One thing, one name: whoever knows the file of an operation knows its method, its page, its tests. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Guard } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { CASES } from '../contract/cases.mjs';
import { documents, readDocument, root } from './markdown.js';

const OPERATIONS = 'packages/core/src/operations';
const HEADINGS = ['You write', 'What runs', 'What it waits for', 'When it stops', 'Source'];
/** Files beside the operations that are none. */
const HELPERS: Readonly<Record<string, string>> = {
  'add-columns': 'several columns in one safeAddColumn: the same facts, one statement for all of them',
  'remake-enum': 'the statements by which one enum type takes the place of another',
  'column-children': 'what the definition of a column carries, as operations of their own',
  'table-parts': 'what the definition of a table holds, as one step and as operations of their own',
};

// A room that outgrows its file has a folder of the same name beside it.
const files = readdirSync(`${root}${OPERATIONS}`, { withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => entry.name.replace(/\.ts$/, ''));
const rooms = files.filter((file) => !file.includes('.') && !(file in HELPERS));

test('whatever is no operation is listed with its reason', () => {
  expect(Object.keys(HELPERS).filter((file) => !files.includes(file))).toEqual([]);
  const withoutOperation = rooms.filter((file) => !source(file).includes(': Operation<'));
  expect(withoutOperation).toEqual([]);
});

describe.each(rooms)('%s', (file) => {
  const camel = file.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const method = `safe${camel.charAt(0).toUpperCase()}${camel.slice(1)}`;

  test('exports the operation by its own name', async () => {
    const path = `${root}${OPERATIONS}/${file}.ts`;
    const exported = (await import(path)) as Readonly<Record<string, { name?: string }>>;
    expect(exported[camel]?.name).toBe(method);
  });

  test('is a method of the guard', () => {
    expect(method in Guard.prototype).toBe(true);
  });

  test('has a page with the five headings', () => {
    const page = readDocument(`docs/operations/${file}.md`);
    expect(page.split('\n')[0]).toBe(`# ${method}`);
    expect([...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)).toEqual(HEADINGS);
    expect(page).toContain(`(../../${OPERATIONS}/${file}.ts)`);
  });

  test('has a case in the contract suite', () => {
    expect(CASES.map((each) => each.operation)).toContain(method);
  });

  test('is linked once from the table of operations in the README, and has a row in docs/operations.md', () => {
    const rows = readDocument('README.md')
      .split('\n')
      .filter((line) => line.startsWith('| '));
    expect(rows.join('\n').split(`[${method}](docs/operations/${file}.md)`)).toHaveLength(2);
    expect(readDocument('docs/operations.md')).toMatch(
      new RegExp(`^\\| \\[${method}\\]\\(operations/${file}\\.md\\) \\|`, 'm'),
    );
  });

  test('has a test of its plans beside it', () => {
    expect(existsSync(`${root}${OPERATIONS}/${file}.test.ts`)).toBe(true);
  });
});

test('every page of an operation belongs to one', () => {
  const pages = readdirSync(`${root}docs/operations`).map((page) => page.replace(/\.md$/, ''));
  expect(pages.sort()).toEqual([...rooms].sort());
});

test('docs/errors.md has each class with its code and its fields', () => {
  const page = readDocument('docs/errors.md');
  const classes = readFileSync(`${root}packages/core/src/errors.ts`, 'utf8').matchAll(
    /^export class (\w+) extends HoldfastError \{([\s\S]*?)^\}/gm,
  );
  const seen = [...classes].map(([, name = '', body = '']) => {
    const section = new RegExp(`^## ${name}\\n([\\s\\S]*?)(?=^## )`, 'm').exec(page)?.[1] ?? '';
    const fields = [...body.matchAll(/^ {2}readonly (\w+):/gm)].map(([, field = '']) => field);
    const code = /code = '(\w+)'/.exec(body)?.[1] ?? '';
    return { name, lacking: [code, ...fields, 'Retry:'].filter((word) => !section.includes(word)) };
  });
  expect(seen.filter(({ lacking }) => lacking.length > 0)).toEqual([]);
  expect(seen).toHaveLength(10);
});

test('each dependency has its paragraph', () => {
  const { devDependencies } = JSON.parse(readDocument('package.json')) as { devDependencies: Record<string, string> };
  const text = readDocument('docs/decisions/dependencies.md');
  const named = (name: string): boolean =>
    text.includes(`\`${name}\``) || new RegExp(`^## .*\\b${short(name)}\\b`, 'm').test(text);
  const lacking = Object.keys(devDependencies).filter((name) => !name.startsWith('@holdfast/') && !named(name));
  expect(lacking).toEqual([]);
});

test('the README is under 300 lines and has neither badges nor pictures', () => {
  const readme = readDocument('README.md');
  expect(readme.split('\n').length).toBeLessThan(300);
  expect(readme).not.toContain('![');
  expect(documents().filter((file) => readDocument(file).includes('!['))).toEqual([]);
});

function source(file: string): string {
  return readFileSync(`${root}${OPERATIONS}/${file}.ts`, 'utf8');
}

function short(name: string): string {
  return name.replace(/^@/, '').replace(/\/.*$/, '').replace('biomejs', 'biome');
}
