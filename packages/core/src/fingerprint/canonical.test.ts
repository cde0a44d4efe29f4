import { describe, expect, test } from 'vitest';
import { canonical } from './canonical.js';

describe('what majors print differently', () => {
  test.each([
    // [until 13, since 14]
    ["date_part('year'::text, seen)", 'EXTRACT(year FROM seen)'],
    ["timezone('UTC'::text, seen)", "(seen AT TIME ZONE 'UTC'::text)"],
    ["(timezone('UTC'::text, seen))::date", "((seen AT TIME ZONE 'UTC'::text))::date"],
    ['"substring"((name)::text, 1, 3)', 'SUBSTRING(name FROM 1 FOR 3)'],
    ['"position"((name)::text, \'a\'::text)', "POSITION(('a'::text) IN (name))"],
    ["btrim((name)::text, 'x'::text)", "TRIM(BOTH 'x'::text FROM name)"],
    ['ltrim((name)::text)', 'TRIM(LEADING FROM name)'],
    ['"overlay"(a, b, 1, 2)', 'OVERLAY(a PLACING b FROM 1 FOR 2)'],
  ])('%s', (before, since) => {
    expect(canonical('column', since, 180_000)).toBe(canonical('column', before, 130_000));
  });
});

describe('the name of the table before a column, until 15', () => {
  test.each([
    [' SELECT users.id\n   FROM users;', 'SELECT id FROM users;'],
    [
      ' SELECT u.id\n   FROM app.users u\n  WHERE (u.id > 1)\n  ORDER BY u.id;',
      'SELECT id FROM app.users u WHERE (id > 1) ORDER BY id;',
    ],
    [
      ' SELECT a.id\n   FROM a\n  WHERE (EXISTS ( SELECT 1\n   FROM b\n  WHERE (b.id = a.id)));',
      'SELECT id FROM a WHERE (EXISTS ( SELECT 1 FROM b WHERE (b.id = a.id)));',
    ],
    [' SELECT a.id\n   FROM (a\n     JOIN b ON ((a.id = b.id)));', 'SELECT a.id FROM (a JOIN b ON ((a.id = b.id)));'],
    [' SELECT a.id\n   FROM a,\n    b;', 'SELECT a.id FROM a, b;'],
    [' SELECT a.id\n   FROM a\nUNION\n SELECT b.id\n   FROM b;', 'SELECT a.id FROM a UNION SELECT b.id FROM b;'],
    [' SELECT a.x AS "a.y", \'a.z  \'::text\n   FROM a;', 'SELECT x AS "a.y", \'a.z  \'::text FROM a;'],
    [' SELECT f.id\n   FROM f(1) f(id);', 'SELECT id FROM f(1) f(id);'],
  ])('%s', (printed, line) => {
    expect(canonical('view', printed, 150_000)).toBe(line);
    expect(canonical('view', line, 160_000)).toBe(line);
  });
});
