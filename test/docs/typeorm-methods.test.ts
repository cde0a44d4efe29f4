/** docs/typeorm.md: the tables of TypeORM's methods, printed from the code. */
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GUARDED, STOCK } from '../../packages/typeorm/src/query-runner/methods.js';
import { readDocument, root } from './markdown.js';

const FILE = 'docs/typeorm.md';
const writing = process.env['HOLDFAST_DOCS'] === 'write';

test('docs/typeorm.md lists each method with what it runs and where it differs', () => {
  const rows = Object.entries(GUARDED).map(([name, { runs, differs }]) => `| \`${name}\` | ${runs} | ${differs} |`);
  compare('methods', ['| method | runs | other than TypeORM |', '|---|---|---|', ...rows]);
});

test("docs/typeorm.md lists the methods that stay TypeORM's", () => {
  const rows = Object.entries(STOCK).map(([names, why]) => `| ${names.replaceAll(/\w+/g, '`$&`')} | ${why} |`);
  compare('stock', ['| methods | |', '|---|---|', ...rows]);
});

/** The text between two marks of the page. */
function compare(mark: string, lines: readonly string[]): void {
  const text = readDocument(FILE);
  const from = text.indexOf(`<!-- ${mark} -->\n`) + `<!-- ${mark} -->\n`.length;
  const to = text.indexOf(`<!-- /${mark} -->`);
  const wanted = `${lines.join('\n')}\n`;
  if (writing) writeFileSync(`${root}${FILE}`, `${text.slice(0, from)}${wanted}${text.slice(to)}`);
  else expect(text.slice(from, to)).toBe(wanted);
}
