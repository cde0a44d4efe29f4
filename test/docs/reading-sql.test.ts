/** docs/reading-sql.md: how each kind of statement is judged, as the readers say it. */
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseStatements } from '../../packages/core/src/reading/parser.js';
import { readStatement } from '../../packages/core/src/reading/read.js';
import { type Clause, judgingOf } from '../../packages/core/src/reading/reading.js';
import { readDocument, root } from './markdown.js';

const FILE = 'docs/reading-sql.md';

const STATEMENTS = [
  'CREATE TABLE t (a integer)',
  'CREATE TABLE t (a integer) PARTITION BY LIST (a)',
  'CREATE TABLE t PARTITION OF p DEFAULT',
  'CREATE TABLE t (LIKE u INCLUDING ALL)',
  'CREATE TABLE t AS SELECT 1',
  'ALTER TABLE t ADD COLUMN a integer',
  'ALTER TABLE t ADD COLUMN a integer REFERENCES u',
  'ALTER TABLE t DROP COLUMN a',
  'ALTER TABLE t ALTER a TYPE bigint',
  'ALTER TABLE t ALTER a SET NOT NULL',
  'ALTER TABLE t ALTER a SET DEFAULT 1',
  'ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)',
  'ALTER TABLE t ADD CONSTRAINT c UNIQUE (a)',
  'ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX i',
  'ALTER TABLE t ADD CONSTRAINT c PRIMARY KEY (a)',
  'ALTER TABLE t ADD CONSTRAINT c PRIMARY KEY (a) DEFERRABLE',
  'ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u (a)',
  'ALTER TABLE t ADD CONSTRAINT c EXCLUDE USING gist (a WITH &&)',
  'ALTER TABLE t ADD CHECK (a > 0)',
  'ALTER TABLE t VALIDATE CONSTRAINT c',
  'ALTER TABLE t DROP CONSTRAINT c',
  'ALTER TABLE p ATTACH PARTITION t DEFAULT',
  'ALTER TABLE t ENABLE ROW LEVEL SECURITY',
  'ALTER TABLE t OWNER TO bob',
  'ALTER TABLE t RENAME TO u',
  'ALTER TABLE t SET SCHEMA s',
  'ALTER EXTENSION e SET SCHEMA s',
  'DROP TABLE t',
  'CREATE INDEX i ON t (a)',
  'CREATE INDEX ON t (a)',
  'CREATE INDEX i ON ONLY t (a)',
  "CREATE TYPE t AS ENUM ('a')",
  "ALTER TYPE t ADD VALUE 'b'",
  'CREATE TYPE t AS (a integer)',
  'ALTER TYPE t ADD ATTRIBUTE b integer',
  'CREATE DOMAIN d AS integer',
  'ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0)',
  'CREATE SCHEMA s',
  'CREATE EXTENSION e',
  'CREATE SEQUENCE s',
  'ALTER SEQUENCE s OWNED BY t.a',
  'ALTER SEQUENCE s RESTART',
  'CREATE VIEW v AS SELECT 1',
  'CREATE OR REPLACE VIEW v AS SELECT 1',
  'CREATE MATERIALIZED VIEW v AS SELECT 1',
  "CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
  'CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()',
  'CREATE POLICY p ON t USING (true)',
  'CREATE STATISTICS s ON a, b FROM t',
  'CREATE RULE r AS ON INSERT TO t DO NOTHING',
  "COMMENT ON COLUMN t.a IS 'x'",
  'GRANT SELECT ON t TO bob',
  'REVOKE SELECT ON t FROM bob',
  'GRANT SELECT ON ALL TABLES IN SCHEMA s TO bob',
  'CREATE AGGREGATE a (integer) (sfunc = f, stype = integer)',
  'UPDATE t SET a = 1',
  'REINDEX TABLE t',
];

const WORDS: Readonly<Record<string, string>> = { look: 'a look', twin: 'a twin', type: 'a look at the type' };

function judgedBy(clause: Clause): string {
  const { judge, also = [] } = judgingOf(clause);
  if (judge === 'again') return 'again';
  if ('why' in judge) return `unguarded: ${judge.why}`;
  const names = [judge, ...also].map(({ name }) => WORDS[name] ?? `\`${name}\``);
  return [...new Set(names)].join(', ');
}

async function row(text: string): Promise<string> {
  const parsed = await parseStatements(text);
  if ('error' in parsed) throw new TypeError(parsed.error);
  const said = parsed.map((statement) => {
    const reading = readStatement(statement);
    if (reading.kind === 'other') return reading.rows === 'writes' ? 'writes rows' : 'not a matter of the schema';
    return reading.kind === 'unread' ? `unguarded: ${reading.reason}` : reading.clauses.map(judgedBy).join('; ');
  });
  return `| \`${text}\` | ${said.join('; ')} |`;
}

test('the table of docs/reading-sql.md is that of the readers', async () => {
  const rows: string[] = [];
  for (const statement of STATEMENTS) rows.push(await row(statement));
  const printed = ['| statement | told by |', '|---|---|', ...rows].join('\n');
  const document = readDocument(FILE);
  const wanted = document.replace(
    /<!-- kinds -->[\s\S]*<!-- \/kinds -->/,
    () => `<!-- kinds -->\n${printed}\n<!-- /kinds -->`,
  );
  if (process.env['HOLDFAST_DOCS'] === 'write') writeFileSync(`${root}/${FILE}`, wanted);
  else expect(document).toBe(wanted);
});
