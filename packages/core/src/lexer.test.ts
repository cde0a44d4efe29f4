import { loadModule, scanSync } from 'libpg-query';
import { beforeAll, describe, expect, test } from 'vitest';
import { tokenize } from './lexer.js';

beforeAll(loadModule);

const texts = (sql: string): string[] | null => tokenize(sql)?.map((t) => sql.slice(t.start, t.end)) ?? null;

describe("cuts where PostgreSQL's own scanner cuts", () => {
  test.each([
    'a + b',
    'a=-1',
    'a<>-b',
    'a->>-1',
    'a@-1',
    "data->'x'->>'y'",
    'a+-- comment\nb',
    'a*/* comment */b',
    'a -- comment\rb',
    'a /* one /* two */ one */ b',
    "'it''s' || E'it\\'s' || $$it's$$ || $a$$$b$a$",
    '"Quoted ""name""" . "é"',
    'Ärzte.größe',
    'a$b $1 $12',
    '1 1.5 .5 1. 1e10 1.5E-3 0x1F 0o17 0b101 1_000',
    'a[1:2]',
    'x::text[]',
    "interval '1 day'",
    "B'101' X'1F'",
    'U&\'\\00e9\' U&"\\00e9"',
    "n.e'x' b.x",
    'a != b <= c >= d => e := f',
    '\t a \n \r b \f',
    '"a"\'b\'"c"',
    'e"x"',
  ])('%j', (sql) => {
    // The scanner reports comments as tokens, and a sign as wide as it is.
    const server = scanSync(sql)
      .tokens.filter((t) => !t.tokenName.endsWith('COMMENT'))
      .map((t) => t.text);
    expect(texts(sql)).toEqual(server);
  });
});

describe('reads', () => {
  test.each([
    // sql, kind, value
    ['NOT', 'word', 'not'],
    ['ÄRZTE', 'word', 'ÄrzTE'.toLowerCase().replace('ä', 'Ä')],
    ['"NOT ""x"""', 'ident', 'NOT "x"'],
    ["'it''s'", 'string', "it's"],
    ["'a\\b'", 'string', 'a\\b'],
    ["E'it\\'s'", 'string', "it's"],
    ["E'a\\nb\\tc'", 'string', 'a\nb\tc'],
    ["e'plain'", 'string', 'plain'],
    ["$$it's$$", 'string', "it's"],
    ['$x$ $$ $x$', 'string', ' $$ '],
    ['$7', 'param', '$7'],
    ['1.5e-3', 'number', '1.5e-3'],
    ['->>', 'symbol', '->>'],
  ])('%s as %s', (sql, kind, value) => {
    expect(tokenize(sql)).toMatchObject([{ kind, value, start: 0, end: sql.length, depth: 0 }]);
  });

  test('parentheses and brackets as inside of themselves', () => {
    expect(tokenize('f(a[1], b)')?.map((t) => [t.value, t.depth])).toEqual([
      ['f', 0],
      ['(', 1],
      ['a', 1],
      ['[', 2],
      ['1', 2],
      [']', 2],
      [',', 1],
      ['b', 1],
      [')', 1],
    ]);
  });

  test('nothing out of nothing', () => {
    expect(tokenize(' /* x */ -- y')).toEqual([]);
  });
});

describe('never takes two texts for the same literal', () => {
  test.each([
    ["E'\\\\x'", "'e''\\\\x'"],
    ["E'\\x41'", "'e''\\x41'"],
    ["U&'\\0041'", "'u&''\\0041'"],
    ["B'101'", "'b''101'"],
    ["X'1F'", "'x''1F'"],
    ["E'a\\\\b'", "'a\\\\b'"],
    ['U&"\\0041"', '"u&""\\0041"'],
  ])('%s and %s', (a, b) => {
    expect(tokenize(a)?.[0]?.value).not.toBe(tokenize(b)?.[0]?.value);
  });
});

describe('gives up on', () => {
  test.each([
    "'open",
    "E'open\\'",
    '"open',
    '$$open',
    '$a$open$b$',
    '/* open',
    '/* /* */',
    '(',
    ')',
    'a)(b',
    '[1',
    'a\0b',
    '{a}',
    '\\d',
  ])('%j', (sql) => {
    expect(tokenize(sql)).toBeNull();
  });
});
