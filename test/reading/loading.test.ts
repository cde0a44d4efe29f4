/** The parser is WebAssembly of more than a megabyte: who only calls operations never pays for it. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { useDatabase } from '../core/support.js';

const db = useDatabase('CREATE TABLE users (id integer PRIMARY KEY)');

test('explicit calls never load the parser; the first statement that is read does', async () => {
  const child = fileURLToPath(new URL('loading-child.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [child, db.url()]);
  expect(JSON.parse(stdout)).toEqual([0, 1]);
});
