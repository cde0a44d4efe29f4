import { guard } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sameExpression } from '../../packages/core/src/expressions.js';
import { availableMajors, majors } from '../support/server.js';
import { one, useDatabase } from './support.js';

/** Makes a table for each expression; what the server does not take is null. All in one round trip. */
const ASK = `
  CREATE SCHEMA app;
  CREATE TYPE app.status AS ENUM ('active', 'it''s', '1');
  CREATE DOMAIN app.email AS text;
  CREATE FUNCTION app.now() RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$ SELECT timestamptz '2000-01-01' $$;
  CREATE FUNCTION app.transaction_timestamp() RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$ SELECT timestamptz '2001-01-01' $$;
  CREATE FUNCTION public."NOW"() RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$ SELECT timestamptz '2002-01-01' $$;
  CREATE FUNCTION public."coalesce"(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $2';
  CREATE FUNCTION ask(cases json) RETURNS json LANGUAGE plpgsql AS $$
  DECLARE one json; answers json[] := '{}'; printed text; value text;
  BEGIN
    FOR one IN SELECT json_array_elements(cases) LOOP
      BEGIN
        printed := null; value := null;
        IF one ->> 'type' = 'check' THEN
          EXECUTE format('CREATE TEMP TABLE asked (a text, b int, at timestamptz, "Abc" text, "user" text, "current_role" text, "current_schema" text, CHECK (%s))', one ->> 'expression');
          SELECT pg_get_expr(conbin, conrelid) INTO printed FROM pg_constraint WHERE conrelid = 'pg_temp.asked'::regclass AND contype = 'c';
        ELSE
          EXECUTE format('CREATE TEMP TABLE asked (c %s DEFAULT %s)', one ->> 'type', one ->> 'expression');
          SELECT pg_get_expr(adbin, 0) INTO printed FROM pg_attrdef WHERE adrelid = 'pg_temp.asked'::regclass;
          BEGIN
            EXECUTE 'INSERT INTO asked DEFAULT VALUES RETURNING coalesce(c::text, ''(null)'')' INTO value;
          EXCEPTION WHEN OTHERS THEN value := 'error ' || SQLSTATE || SQLERRM;
          END;
        END IF;
        DROP TABLE asked;
      EXCEPTION WHEN OTHERS THEN printed := null;
      END;
      answers := answers || json_build_object('printed', printed, 'value', value);
    END LOOP;
    RETURN array_to_json(answers);
  END $$;`;

interface Case {
  readonly type: string;
  readonly expression: string;
}
interface Answer {
  readonly printed: string | null;
  readonly value: string | null;
}

/** A column's type, and the type as an inspection prints it. */
const TYPES: Readonly<Record<string, string>> = {
  integer: 'integer',
  smallint: 'smallint',
  bigint: 'bigint',
  'numeric(10,2)': 'numeric',
  'double precision': 'double precision',
  real: 'real',
  boolean: 'boolean',
  text: 'text',
  'varchar(3)': 'character varying',
  'char(5)': 'character',
  '"char"': '"char"',
  'bit(3)': 'bit',
  varbit: 'bit varying',
  jsonb: 'jsonb',
  'integer[]': 'integer[]',
  timestamptz: 'timestamp with time zone',
  date: 'date',
  interval: 'interval',
  bytea: 'bytea',
  'app.status': 'app.status',
  'app.email': 'app.email',
};

const literal = fc
  .constantFrom(
    ...[
      '0',
      '1',
      '-1',
      '01',
      '1.0',
      '1.5',
      '101',
      't',
      'true',
      'off',
      '',
      ' ',
      'x',
      'abc',
      'abc  ',
      'ABC',
      "it's",
      "e'x",
    ],
    ...[
      '{}',
      '{1,2}',
      '{ }',
      'active',
      'now',
      '2020-01-01',
      '1 day',
      'a\\b',
      'a\\\\b',
      "\\'",
      '\\x41',
      'a\nb',
      'é',
      '$$',
      '--',
    ],
  )
  .chain((value) => {
    const quoted = value.replaceAll("'", "''");
    return fc.constantFrom(
      `'${quoted}'`,
      `'${quoted}'`,
      `('${quoted}')`,
      `E'${quoted}'`,
      `E'${quoted.replaceAll('\\', '\\\\')}'`,
      `U&'${quoted}'`,
      `B'${quoted}'`,
      `X'${quoted}'`,
      `$q$${value}$q$`,
      `$$${value}$$`,
      value,
      value,
      `(${value})`,
      `- ${value}`,
    );
  });

const cast = fc.constantFrom(
  ...[
    '',
    '',
    '',
    '::text',
    '::varchar',
    '::character varying',
    '::VARCHAR(2)',
    '::char',
    '::character',
    '::bpchar',
    '::"char"',
  ],
  ...[
    '::bit',
    '::"bit"',
    '::bit varying',
    '::int',
    '::integer',
    '::int4',
    '::smallint',
    '::numeric',
    '::numeric(3,1)',
    '::float8',
  ],
  ...[
    '::bool',
    '::boolean',
    '::jsonb',
    '::json',
    '::int[]',
    '::timestamptz',
    '::timestamp',
    '::date',
    '::bytea',
    '::app.status',
  ],
  ...['::status', '::app.email', '::interval', '::interval day'],
);

const call = fc.constantFrom(
  ...[
    'now()',
    'NOW()',
    '"now"()',
    '"NOW"()',
    'pg_catalog.now()',
    'app.now()',
    'CURRENT_TIMESTAMP',
    'current_timestamp',
  ],
  ...[
    'CURRENT_TIMESTAMP(3)',
    'LOCALTIMESTAMP',
    'transaction_timestamp()',
    'app.transaction_timestamp()',
    'CURRENT_DATE',
  ],
  ...['current_user', 'user', 'session_user', 'current_role', 'current_schema', 'current_schema()', 'current_catalog'],
  ...[
    "coalesce('a', 'b')",
    "\"coalesce\"('a', 'b')",
    "lower('A')",
    "'a' || 'b'",
    '1 + 1',
    '2',
    'NULL',
    'CASE WHEN true THEN 1 END',
  ],
);

const byDefault: fc.Arbitrary<Case> = fc.record({
  type: fc.constantFrom(...Object.keys(TYPES)),
  expression: fc.oneof(
    { weight: 5, arbitrary: fc.tuple(literal, cast).map((parts) => parts.join('')) },
    { weight: 1, arbitrary: call },
  ),
});

const operand = fc.constantFrom(
  ...[
    'a',
    '"a"',
    'A',
    '"A"',
    'b',
    '"Abc"',
    "'Abc'",
    "'Abc'::text",
    '"Abc"::text',
    '"user"',
    'user',
    '"current_role"',
    'current_role',
  ],
  ...[
    'CURRENT_ROLE',
    '"current_schema"',
    'current_schema',
    "'x'",
    "'x'::text",
    'coalesce(a, a)',
    '"coalesce"(a, a)',
    '0',
    '-1',
    'at',
  ],
  ...[
    'now()',
    'current_timestamp',
    'app.now()',
    'app.transaction_timestamp()',
    '"Abc"::name',
    'user::text',
    '"user"::text',
  ],
);
const check: fc.Arbitrary<Case> = fc
  .tuple(operand, fc.constantFrom('=', '<>', '!=', '>', 'LIKE', '||', '~~'), operand)
  .map((parts) => ({ type: 'check', expression: parts.join(' ') }));

describe.each(availableMajors([15, 18]))('on PostgreSQL %i', (major) => {
  const db = useDatabase(ASK, major);

  test.each(['on', 'off'])(
    'what the text proves the same is the same to the server, standard_conforming_strings %s',
    async (setting) => {
      const client = await db.connect();
      await client.query(
        `SET standard_conforming_strings = ${setting}; SET escape_string_warning = off; SET client_min_messages = error`,
      );
      let proofs = 0;
      const cases = fc.array(fc.oneof({ weight: 3, arbitrary: byDefault }, { weight: 1, arbitrary: check }), {
        minLength: 600,
        maxLength: 600,
        size: 'max',
      });
      await fc.assert(
        fc.asyncProperty(cases, async (asked) => {
          const answers = await one<Answer[]>(client, 'SELECT ask($1)', [JSON.stringify(asked)]);
          proofs += judge(asked, answers);
        }),
        { numRuns: 3, endOnFailure: true },
      );
      // with fewer the test itself would prove nothing
      expect(proofs).toBeGreaterThan(60);
    },
  );

  test('a word that PostgreSQL reserves is not the name that is spelt like it', async () => {
    const client = await db.connect();
    const { rows } = await client.query<{ word: string }>("SELECT word FROM pg_get_keywords() WHERE catcode <> 'U'");
    expect(rows.map((row) => row.word).filter((word) => sameExpression(word, `"${word}"`))).toEqual([]);
  });
});

/** Holds each wanted expression against each stored one of its type. Answers how many the text alone proves the same. */
function judge(asked: readonly Case[], answers: readonly Answer[]): number {
  let proofs = 0;
  asked.forEach((wanted, i) => {
    const type = TYPES[wanted.type];
    const mine = answers[i] as Answer;
    if (mine.printed === null) return;
    asked.forEach((other, j) => {
      const stored = (answers[j] as Answer).printed;
      if (other.type !== wanted.type || stored === null || !sameExpression(wanted.expression, stored, type)) return;
      proofs += 1;
      const printedAlike = timeless(mine.printed as string) === timeless(stored);
      const same = printedAlike || (mine.value !== null && mine.value === (answers[j] as Answer).value);
      expect({ type: wanted.type, wanted: wanted.expression, stored, from: other.expression, same }).toMatchObject({
        same: true,
      });
    });
  });
  return proofs;
}

/** The one pair that the server prints in two ways and that is one: the beginning of the transaction. */
function timeless(printed: string): string {
  return printed.replaceAll(/(?<!\.)\b(?:now|transaction_timestamp)\(\)/g, 'CURRENT_TIMESTAMP');
}

describe.each([...new Set([...majors, ...availableMajors([15, 18])])])(
  'one look is enough on PostgreSQL %i',
  (major) => {
    const db = useDatabase("CREATE TYPE status AS ENUM ('active', 'off'); CREATE TABLE users ()", major);

    test.each([
      // as the column was made, as a later run writes it
      ['integer DEFAULT 0', "integer DEFAULT '0'"],
      ["integer DEFAULT '0'", 'int DEFAULT 0'],
      ['smallint DEFAULT 1', "int2 DEFAULT '1'"],
      ['integer DEFAULT -1', "integer DEFAULT '-1'"],
      ["integer DEFAULT '-1'", 'integer DEFAULT (-1)'],
      ['bigint DEFAULT 5', "int8 DEFAULT '5'::bigint"],
      ['numeric(10,2) DEFAULT 1.50', "decimal(10,2) DEFAULT '1.50'"],
      ['double precision DEFAULT 0.5', "float8 DEFAULT '0.5'"],
      ['boolean DEFAULT true', "boolean DEFAULT '1'"],
      ["boolean DEFAULT '1'", 'bool DEFAULT TRUE'],
      ["boolean DEFAULT 'f'", "boolean DEFAULT '0'"],
      ['timestamptz DEFAULT now()', 'timestamp with time zone DEFAULT CURRENT_TIMESTAMP'],
      ['timestamptz DEFAULT CURRENT_TIMESTAMP', 'timestamptz DEFAULT now()'],
      ['timestamp(0) DEFAULT now()', 'timestamp(0) without time zone DEFAULT transaction_timestamp()'],
      ['date DEFAULT now()', 'date DEFAULT CURRENT_TIMESTAMP'],
      ["jsonb DEFAULT '{}'", "jsonb DEFAULT '{}'::jsonb"],
      ["jsonb DEFAULT '{}'::jsonb", "jsonb DEFAULT '{}'"],
      ["json DEFAULT '[]'", "json DEFAULT '[]'::json"],
      ["integer[] DEFAULT '{}'", "int[] DEFAULT '{}'::integer[]"],
      ["text DEFAULT ''", "text DEFAULT ''::text"],
      ["varchar(20) DEFAULT 'x'", "character varying(20) DEFAULT 'x'::character varying"],
      ["varchar DEFAULT 'it''s'", "varchar DEFAULT E'it\\'s'"],
      ["char(3) DEFAULT 'abc'", "character(3) DEFAULT 'abc'::bpchar"],
      ["status DEFAULT 'active'", "status DEFAULT 'active'::status"],
      ["status DEFAULT 'active'", "public.status DEFAULT 'active'"],
      ['uuid DEFAULT gen_random_uuid()', 'uuid DEFAULT GEN_RANDOM_UUID()'],
      ['integer DEFAULT NULL', 'integer'],
      ['bigserial', 'bigserial NOT NULL'],
      ["interval DEFAULT '1 day'", "interval DEFAULT '1 day'::interval"],
      ['time(6) with time zone', 'timetz(6)'],
      ['bit varying(4)', 'varbit(4)'],
      ['bit', 'bit(1)'],
      ['char', 'character(1)'],
      ['dec(5)', 'numeric(5,0)'],
      ['float(24)', 'real'],
      ['national character varying(7)', 'varchar(7)'],
      ['text[][]', 'text ARRAY'],
      ['interval day to second(2)', 'interval day to second(2)'],
    ])('for %s and %s', async (made, wanted) => {
      const client = await db.connect();
      await client.query(`DROP TABLE users; CREATE TABLE users (c ${made})`);
      expect(await guard(client).safeAddColumn('users', 'c', wanted)).toMatchObject({
        status: 'unchanged',
        roundTrips: 1,
      });
    });
  },
);
