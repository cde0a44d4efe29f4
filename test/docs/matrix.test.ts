/** docs/matrix.md: both of its tables, the second one cell by cell on a server. */
import { writeFileSync } from 'node:fs';
import { type ColumnChange, type Guard, guard, HoldfastError, type Outcome, sql } from '@holdfast/core';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MATRIX } from '../../packages/core/src/engine/matrix.js';
import { some } from '../support/breadth.js';
import { createDatabase, type Database } from '../support/database.js';
import { serverFor } from '../support/server.js';
import { readDocument, root } from './markdown.js';

const FILE = 'docs/matrix.md';
const writing = process.env['HOLDFAST_DOCS'] === 'write';

let database: Database;
beforeAll(async () => {
  database = await createDatabase(serverFor());
});
afterAll(() => database.drop());

test('the matrix of docs/matrix.md is that of the code', () => {
  const rows = Object.entries(MATRIX).flatMap(([transaction, loads]) =>
    Object.entries(loads).map(([load, sizes]) => [transaction, load, sizes.small, sizes['made here'], sizes.large]),
  );
  compare('matrix', table(['transaction', 'the step', 'small', 'made here', 'large'], rows));
});

const TABLES = `
  CREATE TABLE parents (id integer PRIMARY KEY);
  CREATE TYPE mood AS ENUM ('good');
  CREATE TYPE feeling AS ENUM ('good', 'bad');
  CREATE TABLE items (id integer PRIMARY KEY, name text, parent_id integer, kept text NOT NULL DEFAULT '-', code varchar(10), feeling feeling);
  INSERT INTO items SELECT i, 'name ' || i FROM generate_series(1, 500) i;
  CREATE INDEX items_parent ON items (parent_id);
  CREATE TABLE parts (id integer, name text) PARTITION BY RANGE (id);
  CREATE TABLE parts_1 PARTITION OF parts DEFAULT;
  INSERT INTO parts SELECT id, name FROM items;
  ALTER TABLE items ADD CONSTRAINT not_too_long CHECK (length(name) < 20) NOT VALID;
  CREATE TABLE keyless AS SELECT * FROM items;
  CREATE TABLE copies (id integer PRIMARY KEY, name text);
  CREATE SCHEMA old;
  CREATE SEQUENCE old_numbers;
  CREATE EXTENSION citext;
  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
  CREATE FUNCTION old() RETURNS integer LANGUAGE sql AS 'SELECT 1';
  CREATE VIEW mothers AS SELECT id FROM parents;
  CREATE VIEW old_ids AS SELECT id FROM parents;
  CREATE TRIGGER old BEFORE UPDATE ON parents FOR EACH ROW EXECUTE FUNCTION touch();
  CREATE POLICY old ON parents USING (true);
  ALTER TABLE parents ENABLE ROW LEVEL SECURITY;
  GRANT SELECT ON parents TO pg_monitor;
`;

/** Every operation, in the variants in which it takes other forms. */
const OPERATIONS: Readonly<Record<string, (g: Guard) => Promise<Outcome>>> = {
  '`safeCreateTable`': (g) =>
    g.safeCreateTable('orders', 'id integer PRIMARY KEY, parent_id integer REFERENCES parents (id)'),
  '`safeCreateTable` with `complete`': (g) =>
    g.safeCreateTable('items', 'id integer PRIMARY KEY, name text UNIQUE', { complete: true }),
  '`safeAddColumn`': (g) => g.safeAddColumn('items', 'added', "text NOT NULL DEFAULT 'x'"),
  '`safeAddColumn`, volatile default': (g) => g.safeAddColumn('items', 'added', 'uuid DEFAULT gen_random_uuid()'),
  '`safeChangeColumn`, wider': (g) => g.safeChangeColumn('items', 'code', 'varchar(20)'),
  '`safeChangeColumn`, rewritten': (g) => g.safeChangeColumn('items', 'parent_id', 'bigint'),
  '`safeDropTable`': (g) => g.safeDropTable('items', { allowRows: true }),
  '`safeRenameTable`': (g) => g.safeRenameTable('items', 'things'),
  '`safeExpandTableRename`': (g) => g.safeExpandTableRename('items', 'things'),
  '`safeContractTableRename`': (g) => g.safeContractTableRename('mothers', 'parents'),
  '`safeAddColumn`, several': (g) => g.safeAddColumn('items', { added: 'text', more: 'integer DEFAULT 0' }),
  '`safeDropColumn`': (g) => g.safeDropColumn('items', 'name'),
  '`safeExpandColumn`': (g) => g.safeExpandColumn('items', 'parent_id', 'bigint'),
  '`safeExpandColumn`, narrower': (g) => g.safeExpandColumn('items', 'parent_id', 'smallint'),
  '`safeFillColumn`': (g) => g.safeFillColumn('items', 'parent_id', 'bigint'),
  '`safeSwapColumn`': (g) => g.safeSwapColumn('items', 'parent_id', 'bigint'),
  '`safeContractColumn`': (g) => g.safeContractColumn('items', 'parent_id', 'integer'),
  '`safeContractColumn` of a name': (g) => g.safeContractColumn('items', 'kept', { name: 'title' }),
  '`safeRenameColumn`': (g) => g.safeRenameColumn('items', 'name', 'title'),
  '`safeDropNotNull`': (g) => g.safeDropNotNull('items', 'kept'),
  '`safeSetDefault`': (g) => g.safeSetDefault('items', 'name', "lower('X')"),
  '`safeDropDefault`': (g) => g.safeDropDefault('items', 'kept'),
  '`safeSetNotNull`': (g) => g.safeSetNotNull('items', 'name'),
  '`safeSetNotNull` with `backfill`': (g) => g.safeSetNotNull('items', 'parent_id', { backfill: 0 }),
  '`safeSetComment`': (g) => g.safeSetComment('items', 'name', 'A name'),
  '`safeCreateIndex`': (g) => g.safeCreateIndex('items', ['name']),
  '`safeCreateIndex`, unique': (g) => g.safeCreateIndex('items', ['name'], { unique: true }),
  '`safeCreateIndex` of a partitioned table': (g) => g.safeCreateIndex('parts', ['name']),
  '`safeDropIndex`': (g) => g.safeDropIndex('items_parent'),
  '`safeRenameIndex`': (g) => g.safeRenameIndex('items_parent', 'items_by_parent'),
  '`safeCreateUniqueConstraint`': (g) => g.safeCreateUniqueConstraint('items', ['name']),
  '`safeAddPrimaryKey`': (g) => g.safeAddPrimaryKey('keyless', ['id']),
  '`safeCreateExclusionConstraint`': (g) =>
    g.safeCreateExclusionConstraint('keyless', 'alone', { elements: [{ column: 'id', with: '=' }], method: 'btree' }),
  '`safeCreateCheckConstraint`': (g) => g.safeCreateCheckConstraint('items', 'positive', 'id > 0'),
  '`safeAddForeignKey`': (g) =>
    g.safeAddForeignKey('items', ['parent_id'], { references: { table: 'parents', columns: ['id'] } }),
  '`safeValidateConstraint`': (g) => g.safeValidateConstraint('items', 'not_too_long'),
  '`safeDropConstraint`': (g) => g.safeDropConstraint('items', 'not_too_long'),
  '`safeRenameConstraint`': (g) => g.safeRenameConstraint('items', 'not_too_long', 'short'),
  '`safeCreateEnum`': (g) => g.safeCreateEnum('weather', ['fine']),
  '`safeAddEnumValue`': (g) => g.safeAddEnumValue('mood', 'bad'),
  '`safeRenameEnumValue`': (g) => g.safeRenameEnumValue('mood', 'good', 'fine'),
  '`safeRemoveEnumValue`': (g) => g.safeRemoveEnumValue('feeling', 'bad', { replaceWith: 'good' }),
  '`safeRenameEnum`': (g) => g.safeRenameEnum('feeling', 'weather'),
  '`safeDropEnum`': (g) => g.safeDropEnum('mood'),
  '`safeConvertEnumToCheck`': (g) => g.safeConvertEnumToCheck('items', 'feeling'),
  '`safeCreateSchema`': (g) => g.safeCreateSchema('made'),
  '`safeDropSchema`': (g) => g.safeDropSchema('old'),
  '`safeCreateExtension`': (g) => g.safeCreateExtension('hstore'),
  '`safeDropExtension`': (g) => g.safeDropExtension('citext'),
  '`safeCreateFunction`': (g) => g.safeCreateFunction('one()', 'RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$'),
  '`safeDropFunction`': (g) => g.safeDropFunction('old()'),
  '`safeCreateTrigger`': (g) =>
    g.safeCreateTrigger('items', 'touch', 'BEFORE UPDATE FOR EACH ROW EXECUTE FUNCTION touch()'),
  '`safeDropTrigger`': (g) => g.safeDropTrigger('parents', 'old'),
  '`safeEnableRowLevelSecurity`': (g) => g.safeEnableRowLevelSecurity('items'),
  '`safeDisableRowLevelSecurity`': (g) => g.safeDisableRowLevelSecurity('parents'),
  '`safeCreatePolicy`': (g) => g.safeCreatePolicy('items', 'all_rows', { using: 'true' }),
  '`safeDropPolicy`': (g) => g.safeDropPolicy('parents', 'old'),
  '`safeCreateView`': (g) => g.safeCreateView('names', 'SELECT name FROM items'),
  '`safeDropView`': (g) => g.safeDropView('old_ids'),
  '`safeCreateSequence`': (g) => g.safeCreateSequence('numbers'),
  '`safeDropSequence`': (g) => g.safeDropSequence('old_numbers'),
  '`safeGrant`': (g) => g.safeGrant('items', 'select', 'pg_monitor'),
  '`safeRevoke`': (g) => g.safeRevoke('parents', 'select', 'pg_monitor'),
  '`seed`': (g) => g.seed('items', [{ id: 501, name: 'one more' }], { key: 'id' }),
  '`backfill`': (g) => g.backfill('items', { set: { name: sql`'other ' || id` }, where: sql`name NOT LIKE 'other%'` }),
  '`copyRows`': (g) => g.copyRows('items', 'copies', { columns: ['id', 'name'], key: 'id' }),
  '`deleteRows`': (g) => g.deleteRows('items', { where: 'id > 400' }),
};

/** What earlier migrations have done. */
const EARLIER: Readonly<Record<string, (g: Guard) => Promise<Outcome>>> = {
  '`safeFillColumn`': (g) => g.safeExpandColumn('items', 'parent_id', 'bigint'),
  '`safeSwapColumn`': (g) => expandAndFill(g, 'parent_id', 'bigint'),
  '`safeContractColumn`': (g) => g.safeExpandColumn('items', 'parent_id', 'bigint'),
  '`safeContractColumn` of a name': (g) => expandAndFill(g, 'kept', { name: 'title' }),
};

async function expandAndFill(g: Guard, column: string, to: ColumnChange): Promise<Outcome> {
  await g.safeExpandColumn('items', column, to);
  return g.safeFillColumn('items', column, to);
}

/** The columns of the table: how the tables are made, in which transaction, from which size on they are large. */
const CELLS = [
  { name: 'no transaction, small', before: TABLES, begin: false, largeTableBytes: 10_000_000 },
  { name: 'no transaction, large', before: TABLES, begin: false, largeTableBytes: 8_192 },
  { name: "host's transaction, small", before: TABLES, begin: true, largeTableBytes: 10_000_000 },
  { name: "host's transaction, made here", before: `BEGIN; ${TABLES}`, begin: false, largeTableBytes: 8_192 },
  { name: "host's transaction, large", before: TABLES, begin: true, largeTableBytes: 8_192 },
] as const;

const found = new Map<string, string[]>();

const chosen = writing ? Object.keys(OPERATIONS) : some(Object.keys(OPERATIONS), 24);

test.each(chosen)('%s takes the forms that docs/matrix.md says', async (name) => {
  const cells: string[] = [];
  for (const { before, begin, largeTableBytes } of CELLS) {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query('DROP SCHEMA IF EXISTS public, old, made CASCADE; CREATE SCHEMA public');
    await client.query(before);
    await EARLIER[name]?.(guard(client));
    if (begin) await client.query('BEGIN');
    const inTransaction = begin || before.startsWith('BEGIN');
    cells.push(await formTaken(OPERATIONS[name]?.(guard(client, { largeTableBytes })), inTransaction));
    await client.end();
  }
  found.set(name, cells);
  const line = `| ${name} | ${cells.join(' | ')} |`;
  if (!writing) expect(readDocument(FILE)).toContain(line);
});

test('docs/matrix.md lists every operation', () => {
  for (const name of writing ? [] : Object.keys(OPERATIONS)) expect(readDocument(FILE)).toContain(`| ${name} | `);
  const rows = [...found].map(([name, cells]) => [name, ...cells]);
  const header = ['operation', ...CELLS.map((cell) => cell.name)];
  if (rows.length === Object.keys(OPERATIONS).length) compare('operations', table(header, rows));
});

/** From what was done: a step of its own for the scan, or batches that commit by themselves, are the online form. */
async function formTaken(ended: Promise<Outcome> | undefined, inTransaction: boolean): Promise<string> {
  try {
    const outcome = await ended;
    if (outcome?.status !== 'applied' && outcome?.status !== 'repaired')
      throw new Error(`not applied but ${outcome?.status}: ${outcome?.reason}`);
    const inSteps = statementsOf(outcome).some((statement) =>
      /CONCURRENTLY|NOT VALID|^UPDATE|^DELETE|^INSERT INTO \S+ \(.*?\) SELECT "\w+"\./.test(statement),
    );
    return inSteps && !inTransaction ? 'online' : 'plain';
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'HF_REFUSED') return 'refuse';
    throw error;
  }
}

function statementsOf({ steps, children }: Outcome): readonly string[] {
  return [...steps.map((step) => step.sql), ...children.flatMap(statementsOf)];
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), `|${'---|'.repeat(heads.length)}`, ...rows.map(line)].join('\n');
}

/** The text between two marks of the page. */
function compare(mark: string, wanted: string): void {
  const text = readDocument(FILE);
  const [start, end] = [`<!-- ${mark} -->\n`, `<!-- /${mark} -->`];
  const from = text.indexOf(start) + start.length;
  const to = text.indexOf(end);
  if (writing) writeFileSync(`${root}${FILE}`, `${text.slice(0, from)}${wanted}\n${text.slice(to)}`);
  else expect(text.slice(from, to)).toBe(`${wanted}\n`);
}
