import { expect, test } from 'vitest';
import { parseStatements } from './parser.js';

test('cuts a text into its statements, whatever stands in them', async () => {
  const parsed = await parseStatements("SELECT 'ä;'; -- b;\n CREATE TABLE t (a int) ;");
  expect('error' in parsed ? parsed : parsed.map(({ text }) => text)).toEqual([
    "SELECT 'ä;'",
    'CREATE TABLE t (a int)',
  ]);
});
