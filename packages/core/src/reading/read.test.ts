import { expect, test } from 'vitest';
import { parseStatements } from './parser.js';
import { readStatement } from './read.js';
import { type Clause, judgingOf } from './reading.js';

/** `judge + also` and the marks, for each clause; the reason where nothing judges. */
async function read(text: string): Promise<readonly string[]> {
  const parsed = await parseStatements(text);
  if ('error' in parsed) return [parsed.error];
  return parsed.flatMap((statement) => {
    const reading = readStatement(statement);
    if (reading.kind === 'other') return [`other, rows: ${reading.rows}`];
    return reading.kind === 'unread' ? [`unread: ${reading.reason}`] : reading.clauses.map(describe);
  });
}

function describe(clause: Clause): string {
  const { makes, drops } = clause;
  const { judge, also = [], ...judging } = judgingOf(clause);
  const names =
    judge === 'again'
      ? 'again'
      : 'why' in judge
        ? `why: ${judge.why}`
        : [judge, ...also].map((c) => c.name).join(' + ');
  const said = [
    ...Object.keys({ ...judging, ...clause }).filter((mark) => !TOLD.has(mark)),
    ...(makes === undefined ? [] : [`makes ${makes}`]),
    ...(drops === undefined ? [] : [`drops ${drops}`]),
  ];
  return said.length === 0 ? names : `${names} (${said.join(', ')})`;
}

const TOLD: ReadonlySet<string> = new Set(['text', 'judge', 'also', 'asked', 'makes', 'drops']);

const NAMED = 'safeCreateCheckConstraint (stands, work, makes constraint c)';

test.each<readonly [string, ...string[]]>([
  ['ALTER TABLE t ADD a int, DROP b', 'safeAddColumn (rows, makes column a)', 'look (rows, drops column b)'],
  ['ALTER TABLE t ADD a int REFERENCES o', 'safeAddColumn + look (rows, makes column a)'],
  ['ALTER TABLE t ADD a int REFERENCES o (id)', 'safeAddColumn (rows, makes column a)'],
  ['ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)', NAMED],
  [
    'ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID',
    'safeCreateCheckConstraint (unfinished, makes constraint c)',
  ],
  ['ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NO INHERIT', 'twin (work, makes constraint c)'],
  ['ALTER TABLE t ADD CHECK (a > 0)', 'twin (again, unnamed, work)'],
  ['ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES o', 'look (again, unnamed, work)'],
  ['ALTER TABLE t ADD CONSTRAINT c PRIMARY KEY (a) DEFERRABLE', 'twin (work, makes constraint c)'],
  ['ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX i', 'look (makes constraint c)'],
  ['ALTER TABLE t ADD CONSTRAINT c EXCLUDE USING gist (a WITH &&)', 'twin (work, makes constraint c)'],
  ['ALTER TABLE t ALTER a TYPE text USING lower(a)', 'type (again)'],
  ['ALTER TABLE t ALTER a SET DEFAULT NULL', 'again (again, sets)'],
  ['ALTER TABLE t ALTER a DROP DEFAULT', 'safeDropDefault (again, sets)'],
  ['ALTER TABLE t OWNER TO bob', 'look (again)'],
  ['ALTER TABLE t SET (fillfactor = 70)', 'again (again)'],
  [
    'ALTER TYPE p ADD ATTRIBUTE a int, DROP ATTRIBUTE IF EXISTS b',
    'look (makes attribute a)',
    'look (lenient, drops attribute b)',
  ],
  ['ALTER VIEW v SET (security_barrier)', 'again (again)'],
  ['ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0)', 'twin'],
  ['ALTER DOMAIN d DROP CONSTRAINT IF EXISTS c', 'look (lenient)'],
  ['ALTER SEQUENCE s OWNED BY t.a', 'look (again)'],
  ['ALTER SEQUENCE s RESTART', 'other, rows: writes'],
  ['CREATE TABLE t (a int)', 'safeCreateTable + twin + look'],
  ['CREATE TABLE t (a int REFERENCES o, FOREIGN KEY (a) REFERENCES p)', 'safeCreateTable + twin + look + look + look'],
  ['CREATE UNLOGGED TABLE IF NOT EXISTS t (a int) PARTITION BY LIST (a)', 'safeCreateTable + twin + look (lenient)'],
  ['CREATE TABLE t (LIKE u)', 'twin'],
  ['CREATE TABLE t PARTITION OF p DEFAULT', 'twin + look'],
  ['CREATE TABLE t PARTITION OF p (a DEFAULT 1) DEFAULT', 'look'],
  ['CREATE TABLE t AS SELECT 1', 'look'],
  ['SELECT 1 INTO t', 'look'],
  ['CREATE TEMP TABLE t (a int)', 'other, rows: none'],
  ['CREATE INDEX i ON t (a)', 'safeCreateIndex (stands)'],
  ['CREATE INDEX ON t (a)', 'twin (again, unnamed)'],
  ['CREATE INDEX i ON ONLY t (a)', 'look'],
  ['CREATE VIEW v AS SELECT 1', 'safeCreateView'],
  ['CREATE VIEW v (a) AS SELECT 1', 'twin'],
  ['CREATE OR REPLACE VIEW v AS SELECT 1', 'again (again)'],
  ['CREATE MATERIALIZED VIEW v AS SELECT 1', 'twin'],
  ["CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", 'safeCreateFunction'],
  ["CREATE PROCEDURE f() LANGUAGE sql AS 'SELECT 1'", 'safeCreateFunction'],
  ['CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()', 'safeCreateTrigger'],
  ['CREATE POLICY p ON t FOR SELECT USING (true)', 'safeCreatePolicy'],
  ['CREATE SEQUENCE s OWNED BY t.a', 'twin + look + look'],
  ['CREATE TYPE p AS (a int)', 'twin'],
  ['CREATE DOMAIN d AS int', 'twin'],
  ['CREATE STATISTICS s ON a, b FROM t', 'twin + look'],
  ['CREATE RULE r AS ON INSERT TO t DO NOTHING', 'look'],
  ["COMMENT ON COLUMN t.a IS 'x'", 'safeSetComment (again)'],
  ["COMMENT ON TRIGGER g ON t IS 'x'", 'again (again)'],
  ['GRANT SELECT ON t TO bob', 'safeGrant (again)'],
  ['GRANT SELECT (a), UPDATE (a) ON t TO bob', 'safeGrant (again)'],
  ['GRANT SELECT (a), UPDATE ON t TO bob', 'again (again)'],
  ['GRANT SELECT ON t, u TO bob', 'again (again)'],
  ['GRANT ALL ON SCHEMA s TO PUBLIC', 'safeGrant (again)'],
  ['GRANT CONNECT ON DATABASE d TO bob', 'again (again)'],
  ['REVOKE ALL ON SEQUENCE s FROM bob CASCADE', 'safeRevoke (again)'],
  ['GRANT SELECT ON ALL TABLES IN SCHEMA s TO bob', 'look (again, sweeping)'],
  ['REVOKE GRANT OPTION FOR SELECT ON ALL SEQUENCES IN SCHEMA s FROM bob', 'again (again, sweeping)'],
  ['REVOKE GRANT OPTION FOR SELECT ON t FROM bob', 'again (again)'],
  ['UPDATE t SET a = 1', 'other, rows: writes'],
  ['WITH w AS (DELETE FROM t RETURNING a) SELECT * FROM w', 'other, rows: writes'],
  ["SELECT setval('s', 1)", 'other, rows: writes'],
  ["SELECT pg_catalog.set_config('search_path', '', false)", 'other, rows: none'],
  ['REINDEX TABLE t', 'other, rows: none'],
  ['CREATE AGGREGATE a (int) (sfunc = f, stype = int)', 'unread: no operation knows DefineStmt'],
])('%s', async (text, ...clauses) => {
  expect(await read(text)).toEqual(clauses);
});
