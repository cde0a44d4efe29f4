import { expect, test } from 'vitest';
import { rowEffects, speaksOf } from './statements.js';

const LEDGER = new Set(['knex_migrations']);

test.each([
  [['ALTER TABLE a ADD b int'], 'none', false],
  [['SELECT * FROM a', 'ALTER TABLE a ADD b int'], 'reads', false],
  [['ALTER TABLE a ADD b int', 'SELECT * FROM a'], 'reads', true],
  [['ALTER TABLE a ADD b int; UPDATE a SET b = 1; ALTER TABLE a ALTER b SET NOT NULL'], 'writes', false],
  [['CREATE INDEX ON a (b)', 'WITH x AS (DELETE FROM a RETURNING *) SELECT * FROM x'], 'writes', true],
  [['INSERT INTO a VALUES (1)'], 'writes', true],
  [
    ["SELECT * FROM information_schema.tables WHERE table_name = 'a'", 'SELECT version()', 'BEGIN', 'COMMIT'],
    'none',
    false,
  ],
  [["SELECT setval('a_id_seq', 5)"], 'writes', true],
  [['SELECT app.fill()'], 'writes', true],
  [['DO $$ BEGIN PERFORM 1; END $$'], 'writes', true],
  [['CREATE TABLE c AS SELECT * FROM a'], 'writes', true],
  [["insert into knex_migrations (name) values ('x')"], 'none', false],
  [["SELECT 'open"], 'writes', true],
  [['ALTER TABLE a ADD b int', 'COPY a FROM stdin'], 'writes', true],
] as const)('%j', (texts, rows, tail) => {
  expect(rowEffects(texts, LEDGER)).toEqual({ rows, tail });
});

test('what is said of the ledger', () => {
  const ledger = new Set(['migrations']);
  expect(speaksOf('INSERT INTO "migrations" ("name") VALUES ($1)', ledger)).toBe(true);
  expect(speaksOf('DELETE FROM app."migrations" WHERE "name" = $1', ledger)).toBe(true);
  expect(speaksOf('ALTER TABLE IF EXISTS migrations ADD a int', ledger)).toBe(true);
  expect(speaksOf("INSERT INTO notes VALUES ('migrations')", ledger)).toBe(false);
  expect(speaksOf(`UPDATE "workspace" SET "migrations" = 'new' WHERE migrations IS NULL`, ledger)).toBe(false);
  expect(rowEffects(['UPDATE "workspace" SET "migrations" = 1'], ledger)).toEqual({ rows: 'writes', tail: true });
});
