import { expect, test } from 'vitest';
import { InvalidArgumentError } from './errors.js';
import { SqlReader } from './sql-reader.js';

const unreadable = (): InvalidArgumentError =>
  new InvalidArgumentError({ operation: 'test', target: '', happened: 'unreadable', hint: '' });
const reader = (text: string): SqlReader => new SqlReader(text, unreadable);

test('takes words only as far as all of them come next', () => {
  const sql = reader('CREATE unique index "index"');
  expect(sql.take('create', 'index')).toBe(false);
  expect(sql.take('create', 'unique', 'index')).toBe(true);
  expect(sql.take('index')).toBe(false);
  expect(sql.name()).toBe('index');
  expect(() => sql.end()).not.toThrow();
});

test.each([
  ['"a""b"', { schema: undefined, name: 'a"b' }],
  ['Users', { schema: undefined, name: 'users' }],
  ['"App"."us.ers"', { schema: 'App', name: 'us.ers' }],
])('reads the name %s', (text, name) => {
  expect(reader(text).dotted()).toEqual(name);
});

test('splits a list at its own commas only', () => {
  const items = reader('("a", coalesce("b", \'x,(\'), (c))').list();
  expect(items.map((item) => item.text)).toEqual(['"a"', 'coalesce("b", \'x,(\')', '(c)']);
});

test('reads the text of a group as it stands', () => {
  expect(reader('( a in (1, 2)  and b )').group()).toBe('a in (1, 2)  and b');
});

test('reads plain literals, in which a backslash stands for itself', () => {
  expect(reader("('o''k', 'a\\b', '')").strings()).toEqual(["o'k", 'a\\b', '']);
});

test.each([
  ['an open literal', "'a", (sql: SqlReader) => sql.string()],
  ['a literal with escapes', "E'a'", (sql: SqlReader) => sql.string()],
  ['a literal for a name', "'a'", (sql: SqlReader) => sql.name()],
  ['an expression among names', '(a, b + 1)', (sql: SqlReader) => sql.names()],
  ['a name among literals', "('a', b)", (sql: SqlReader) => sql.strings()],
  ['an empty group', '()', (sql: SqlReader) => sql.group()],
  ['another word', 'unique', (sql: SqlReader) => sql.expect('check')],
  [
    'something left',
    'a b',
    (sql: SqlReader) => {
      sql.name();
      sql.end();
    },
  ],
  ['nothing left', '', (sql: SqlReader) => sql.name()],
])('refuses %s', (_name, text, read) => {
  expect(() => read(reader(text))).toThrow('unreadable');
});
