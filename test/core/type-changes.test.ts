/** Which changes of type rewrite the table: what safeChangeColumn foretells, against the file of the table before and after. */
import { guard } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { availableMajors } from '../support/server.js';
import { useDatabase } from './support.js';

/** From, to, a value that fits both; `using` where no cast does it. */
const CHANGES: readonly (readonly [from: string, to: string, value: string, using?: string])[] = [
  ['varchar(10)', 'varchar(20)', "'x'"],
  ['varchar(10)', 'varchar', "'x'"],
  ['varchar(10)', 'text', "'x'"],
  ['varchar', 'text', "'x'"],
  ['varchar(20)', 'varchar(10)', "'x'"],
  ['varchar', 'varchar(10)', "'x'"],
  ['text', 'varchar', "'x'"],
  ['text', 'varchar(10)', "'x'"],
  ['text', 'char(5)', "'x'"],
  ['char(5)', 'char(9)', "'x'"],
  ['char(5)', 'text', "'x'"],
  ['char(5)', 'varchar(9)', "'x'"],
  ['text', 'name', "'x'"],
  ['smallint', 'integer', '1'],
  ['integer', 'bigint', '1'],
  ['bigint', 'integer', '1'],
  ['integer', 'smallint', '1'],
  ['integer', 'numeric(10,2)', '1'],
  ['integer', 'text', '1'],
  ['integer', 'real', '1'],
  ['bigint', 'double precision', '1'],
  ['integer', 'oid', '1', 'c::oid'],
  ['numeric(10,2)', 'numeric(12,2)', '1.5'],
  ['numeric(10,2)', 'numeric', '1.5'],
  ['numeric(10,2)', 'numeric(12,4)', '1.5'],
  ['numeric(10,2)', 'numeric(8,2)', '1.5'],
  ['numeric', 'numeric(10,2)', '1.5'],
  ['numeric(10,0)', 'integer', '1'],
  ['numeric', 'double precision', '0.1'],
  ['double precision', 'real', '0.5'],
  ['double precision', 'numeric(6,3)', '0.5'],
  ['real', 'double precision', '0.5'],
  ['timestamp(3)', 'timestamp(6)', "'2020-01-01'"],
  ['timestamp(3)', 'timestamp', "'2020-01-01'"],
  ['timestamp', 'timestamp(3)', "'2020-01-01'"],
  ['timestamp', 'timestamp(6)', "'2020-01-01'"],
  ['timestamp', 'timestamptz', "'2020-01-01'"],
  ['timestamptz', 'timestamp', "'2020-01-01'"],
  ['timestamptz(3)', 'timestamp(3)', "'2020-01-01'"],
  ['timestamptz(3)', 'timestamp', "'2020-01-01'"],
  ['timestamp', 'date', "'2020-01-01'"],
  ['date', 'timestamp', "'2020-01-01'"],
  ['date', 'timestamptz', "'2020-01-01'"],
  ['time(3)', 'time(6)', "'10:00'"],
  ['time', 'timetz', "'10:00'"],
  ['interval', 'interval(3)', "'1 day'"],
  ['interval(3)', 'interval', "'1 day'"],
  ['varbit(4)', 'varbit(8)', "B'101'"],
  ['varbit(8)', 'varbit(4)', "B'101'"],
  ['bit(4)', 'varbit(4)', "B'1010'"],
  ['cidr', 'inet', "'10.0.0.0/8'"],
  ['inet', 'cidr', "'10.0.0.0/8'"],
  ['json', 'jsonb', "'{}'", 'c::jsonb'],
  ['jsonb', 'text', "'{}'"],
  ['text', 'jsonb', "'{}'", 'c::jsonb'],
  ['text', 'uuid', "'00000000-0000-0000-0000-000000000000'", 'c::uuid'],
  ['uuid', 'text', "'00000000-0000-0000-0000-000000000000'"],
  ['xml', 'text', "'<a/>'", 'c::text'],
  ['boolean', 'integer', 'true', 'c::integer'],
  ['boolean', 'text', 'true'],
  ['text', 'mood', "'good'"],
  ['mood', 'text', "'good'"],
  ['mood', 'temper', "'good'"],
  ['positive', 'integer', '1', 'c::integer'],
  ['integer', 'positive', '1', 'c::positive'],
  ['integer[]', 'bigint[]', "'{1}'", 'c::bigint[]'],
  ['varchar(5)[]', 'varchar(9)[]', "'{x}'"],
  ['numeric(10,4)[]', 'numeric(10,2)[]', "'{1.5}'", 'c::numeric(10,2)[]'],
  ['date', 'text', "'2020-01-01'", 'c::text'],
  ['double precision', 'text', '0.5', 'c::text'],
  ['bytea', 'bytea', "'\\x00'"],
];

describe.each(availableMajors([13, 15, 18]))('PostgreSQL %i', (major) => {
  const db = useDatabase(
    `CREATE TYPE mood AS ENUM ('good', 'bad');
     CREATE TYPE temper AS ENUM ('good', 'bad', 'ugly');
     CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
     ${CHANGES.map(([from, , value], i) => `CREATE TABLE t${i} (c ${from}); INSERT INTO t${i} VALUES (${value});`).join('\n')}`,
    major,
  );

  test.each(CHANGES.map(([from, to, , using], i) => ({ from, to, using, table: `t${i}` })))(
    '$from to $to',
    async ({ from, to, using, table }) => {
      const client = await db.connect();
      await client.query("SET TimeZone = 'UTC'");
      const file = async (): Promise<unknown> =>
        (await client.query(`SELECT pg_relation_filenode('${table}') AS file`)).rows[0].file;
      const text = async (expression: string): Promise<unknown> =>
        (await client.query(`SELECT (${expression})::text AS value FROM ${table}`)).rows[0].value;
      const byLabel = [from, to].includes('mood') ? `c::text::${to}` : `c::${to}`;
      const wanted = await text(using ?? byLabel);
      const before = await file();
      const options = using === undefined ? {} : { using };
      const refused = await guard(client, { largeTableBytes: 1 })
        .safeChangeColumn(table, 'c', to, options)
        .then(
          () => false,
          (error: { code: string; message: string }) => {
            expect(error).toMatchObject({ code: 'HF_REFUSED' });
            expect(error.message).toContain('rewrites all of');
            return true;
          },
        );
      await guard(client).safeChangeColumn(table, 'c', to, options);
      const rewritten = (await file()) !== before;
      // A change by an expression of the user's own is counted as a rewrite, whatever the expression is.
      expect(refused).toBe(using === undefined ? rewritten : true);
      expect(await guard(client).safeChangeColumn(table, 'c', to)).toMatchObject({ status: 'unchanged', steps: [] });
      expect(await text('c')).toBe(wanted);
    },
  );
});
