import { describe, expect, test } from 'vitest';
import { calledFunctions, literalValue, sameExpression, usesStableWord } from './expressions.js';

describe('the same', () => {
  test.each([
    // wanted, as pg_get_expr prints it, type of the value
    ['0', '0', 'integer'],
    ["'0'", '0', 'integer'],
    ['0', "'0'::smallint", 'smallint'],
    ['-1', "'-1'::integer", 'integer'],
    ["'-1'", "'-1'::integer", 'integer'],
    ['(-1)', "'-1'::integer", 'integer'],
    ['1.50', "'1.50'::numeric", 'numeric'],
    ['1', "'1'::bigint", 'int8'],
    ['0.5', "'0.5'::double precision", 'double precision'],
    ['true', 'true', 'boolean'],
    ["'1'", 'true', 'boolean'],
    ["'f'", 'false', 'boolean'],
    ["'Yes'", 'true', 'bool'],
    ["''", "''::character varying", 'character varying'],
    ["'x'::varchar", "'x'::character varying", 'character varying'],
    ["'x'", "'x'::text", 'character varying'],
    ["'x'", "'x'::character varying", 'text'],
    ["'it''s'", "'it''s'::text", 'text'],
    ["$$it's$$", "'it''s'::text", 'text'],
    ["E'it\\'s'", "'it''s'::text", 'text'],
    ["E'a\\nb'", "'a\nb'::text", 'text'],
    ["'{}'", "'{}'::jsonb", 'jsonb'],
    ["'{}'::jsonb", "'{}'::jsonb", 'jsonb'],
    ["'{}'", "'{}'::integer[]", 'integer[]'],
    ["'active'", "'active'::app.status", 'app.status'],
    ["'active'::App.Status", "'active'::app.status", 'app.status'],
    ["'a'", '\'a\'::"My Type"', '"My Type"'],
    ["'x'", "'x'::bpchar", 'character'],
    ["'x'::bpchar", "'x'::bpchar", 'character'],
    ['now()', 'CURRENT_TIMESTAMP', 'timestamp with time zone'],
    ['current_timestamp', 'now()', 'timestamp with time zone'],
    ['pg_catalog.now()', 'now()', 'timestamp with time zone'],
    ['transaction_timestamp()', 'CURRENT_TIMESTAMP', 'date'],
    ['gen_random_uuid()', 'gen_random_uuid()', 'uuid'],
    ['"status"', 'status', undefined],
    ['(((a)))', 'a', undefined],
    ['a != b', '(a <> b)', undefined],
    ['(A /* all */ = b)', '(a = b)', undefined],
  ])('%s and %s as %s', (wanted, stored, type) => {
    expect(sameExpression(wanted, stored, type)).toBe(true);
  });
});

describe('not provably the same', () => {
  test.each([
    ['1', '2', 'integer'],
    ["'1'", "'1'::text", 'integer'],
    ['1', "'1'::text", 'text'],
    ["'a'", "'A'::text", 'text'],
    ["'a '", "'a'::text", 'text'],
    ["'x'", "'x'::text", 'character'],
    ["'abc'::char", "'abc'::bpchar", 'character'],
    ["'abc'::character", "'abc'::bpchar", 'character'],
    ["'101'::bit", '\'101\'::"bit"', 'bit'],
    ["'ab'::varchar(1)", "'ab'::character varying", 'character varying'],
    ["E'\\\\x'", "'e''\\\\x'::text", 'text'],
    ["E'a\\\\\\\\b'", "'a\\\\b'::text", 'text'],
    ['name = "Abc"::text', "(name = 'Abc'::text)", undefined],
    ['"current_role" = \'x\'::text', "(CURRENT_ROLE = 'x'::text)", undefined],
    ["current_schema = 'x'::text", '("current_schema" = \'x\'::text)', undefined],
    ['"user" = \'x\'::text', "(USER = 'x'::text)", undefined],
    ['coalesce(a, b)', '"coalesce"(a, b)', undefined],
    ['app.now()', 'app.transaction_timestamp()', undefined],
    ['app.now()', 'now()', undefined],
    ['"NOW"()', 'CURRENT_TIMESTAMP', undefined],
    ['statement_timestamp()', 'now()', undefined],
    ['CURRENT_TIMESTAMP(3)', 'now()', undefined],
    ['"A"', 'a', undefined],
    ['a + b', '(b + a)', undefined],
    ['(a) + (b)', '(a) - (b)', undefined],
    ["'open", "'open", 'text'],
    ['', '', undefined],
    ['(a)', '(a', undefined],
  ])('%s and %s as %s', (wanted, stored, type) => {
    expect(sameExpression(wanted, stored, type)).toBe(false);
  });
});

describe('the value of a literal', () => {
  test.each([
    ['1', '1'],
    ["'1'", '1'],
    ["('x'::text)", 'x'],
    ['-1', '-1'],
    ["'-1'::integer", '-1'],
    ['TRUE', 'true'],
    ["E'a\\nb'", 'a\nb'],
    // a text whose value depends on escapes, or on standard_conforming_strings, is left to the server
    ["E'\\x41'", null],
    ["U&'\\0041'", null],
    ["'a\\\\b'", null],
    ["'abc'::char(2)", null],
    ['now()', null],
    ["'a' || 'b'", null],
    ['1 + 1', null],
    ["'open", null],
    ['', null],
  ])('%s is %j', (expression, value) => {
    expect(literalValue(expression)).toBe(value);
  });
});

describe('what an expression calls', () => {
  test.each([
    ['1', []],
    ['now()', ['now']],
    ["nextval('f(x)'::regclass)", ['nextval']],
    ['app."Next"(lower( a ))', ['Next', 'lower']],
    ['f() + f()', ['f']],
    ["'f()'", []],
    ["'open", null],
  ])('%s: %j', (expression, functions) => {
    expect(calledFunctions(expression)).toEqual(functions);
  });

  test.each([
    ['CURRENT_TIMESTAMP', true],
    ['current_role', true],
    ['CURRENT_SCHEMA', true],
    ['"user"', false],
    ["'current_date'", false],
    ['1', false],
    // what cannot be read is taken for unstable
    ["'open", true],
  ])('%s changes by itself: %s', (expression, changes) => {
    expect(usesStableWord(expression)).toBe(changes);
  });
});
