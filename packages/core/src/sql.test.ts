import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidArgumentError } from './errors.js';
import { compileSql, inlineSql, quoteIdent, quoteLiteral, quoteValue, sql, truncateName } from './sql.js';

describe('a fragment', () => {
  test('numbers its parameters through nested fragments', () => {
    const where = sql`b = ${2} and ${sql.ident('My "c"')} = ${3}`;
    expect(compileSql(sql`select ${1} where ${where} or ${sql.join([sql`x`, sql`${4}`])}`)).toEqual({
      text: 'select $1 where b = $2 and "My ""c""" = $3 or x, $4',
      params: [1, 2, 3, 4],
    });
  });

  test('holds its values as literals where no parameters are taken', () => {
    expect(inlineSql(sql`${sql.ident('a', 'b')} = ${"it's"} and c = ${null} and d = ${-1}`)).toBe(
      `"a"."b" = 'it''s' and c = NULL and d = (-1)`,
    );
  });

  test('joins none and many', () => {
    expect(compileSql(sql.join([])).text).toBe('');
    expect(compileSql(sql.join([sql.raw('a'), sql.raw('b'), sql.raw('c')], ' and ')).text).toBe('a and b and c');
  });

  test('keeps raw text out of the parameters', () => {
    expect(compileSql(sql`select ${sql.raw("'$1'")}`)).toEqual({ text: "select '$1'", params: [] });
  });
});

describe('an identifier', () => {
  test.each([
    ['users', '"users"'],
    ['User "x"', '"User ""x"""'],
    ['"; drop table canary; --', '"""; drop table canary; --"'],
    ['a.b', '"a.b"'],
    [' ', '" "'],
    ['é😀', '"é😀"'],
  ])('%j is quoted as %s', (name, quoted) => {
    expect(quoteIdent(name)).toBe(quoted);
  });

  test.each(['', 'a\0b', undefined, null, 5])('%j is refused', (name) => {
    expect(() => quoteIdent(name as string)).toThrow(InvalidArgumentError);
  });
});

describe('a literal', () => {
  test.each([
    ['', "''"],
    ["it's", "'it''s'"],
    ['a\\b', " E'a\\\\b'"],
    ["\\'; drop", " E'\\\\''; drop'"],
  ])('%j is quoted as %s', (value, quoted) => {
    expect(quoteLiteral(value)).toBe(quoted);
  });

  test('with NUL is refused', () => {
    expect(() => quoteLiteral('a\0b')).toThrow(InvalidArgumentError);
    expect(() => quoteValue({ a: 'x', b: ['\0'] }.b[0])).toThrow(InvalidArgumentError);
  });

  test.each([
    [null, 'NULL'],
    [undefined, 'NULL'],
    [0, '0'],
    [-1, '(-1)'],
    [-0.5, '(-0.5)'],
    [1e21, '1e+21'],
    [Number.NaN, "'NaN'"],
    [Number.NEGATIVE_INFINITY, "'-Infinity'"],
    [-5n, '(-5)'],
    [true, 'TRUE'],
    [false, 'FALSE'],
    [new Date('2024-02-29T12:00:00Z'), "'2024-02-29T12:00:00.000Z'"],
    // read the same with standard_conforming_strings off
    [Buffer.from([0, 255, 0x41]), "E'\\\\x00ff41'::bytea"],
    [{ a: "it's" }, `'{"a":"it''s"}'`],
    [[1, 2], "'[1,2]'"],
  ])('%s stands as %s', (value, text) => {
    expect(quoteValue(value).trim()).toBe(text);
  });
});

describe('a name as the server keeps it', () => {
  test.each([
    ['a'.repeat(63), 63],
    ['a'.repeat(64), 63],
    [`${'a'.repeat(62)}é`, 62],
    [`${'a'.repeat(61)}é`, 63],
    [`${'a'.repeat(60)}😀`, 60],
    [`${'a'.repeat(59)}😀`, 63],
    ['é'.repeat(40), 62],
    ['€'.repeat(21), 63],
    ['', 0],
  ])('%j has %i bytes', (name, bytes) => {
    expect(Buffer.byteLength(truncateName(name))).toBe(bytes);
    expect(name.startsWith(truncateName(name))).toBe(true);
  });

  test('is a fixed point, and never longer than 63 bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (name) => {
        const kept = truncateName(name);
        expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(63);
        expect(truncateName(kept)).toBe(kept);
        // a further character would not have fitted
        const next = [...name].slice(0, [...kept].length + 1).join('');
        expect(next === kept || Buffer.byteLength(next) > 63).toBe(true);
      }),
    );
  });
});
