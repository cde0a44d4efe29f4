import { type Guard, guard, type Outcome, type PrerequisiteError, sql } from '@holdfast/core';
import fc from 'fast-check';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { some } from '../support/breadth.js';
import { availableMajors, majors } from '../support/server.js';
import { errorOf, one, useDatabase } from './support.js';

const AWKWARD = [
  'plain',
  'a'.repeat(64),
  `${'b'.repeat(61)}é and more`,
  `${'b'.repeat(60)}😀😀`,
  '😀'.repeat(20),
  `"; drop table public.canary; --`,
  `'); drop table public.canary; --`,
  `\\'; drop table public.canary; --`,
  'public.canary',
  '$1 $$ $x$ %s %I ?? ?',
  'a\\b\\',
  ' leading and trailing ',
  'line\nbreak\ttab\rreturn',
  'Mixed "Case" /* comment */ -- comment',
  'ÄÖ İı ß ﬁ 漢字 \u200b\u00a0',
  'select',
  'user',
];

const part = fc.constantFrom(
  ...[
    'a',
    'B',
    '"',
    '""',
    "'",
    "''",
    '.',
    '?',
    '$1',
    '$$',
    '\\',
    '\\\\',
    ' ',
    '\n',
    'é',
    '😀',
    '漢',
    '%',
    ';',
    '--',
    '/*',
    '*/',
    ')',
    '(',
    '[]',
  ],
  ...['drop table public.canary', 'select', 'null', 'E', 'x'.repeat(30), 'é'.repeat(20), '😀'.repeat(10)],
);
const randomBase = fc.array(part, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''));

/** Different names that all have the awkwardness of `base`, also after the server has cut them. */
function namesLike(base: string): (letter: string) => string {
  const [first = '', ...rest] = base;
  return (letter) => `${first}${letter}${rest.join('')}`;
}

const id = pg.escapeIdentifier;
const literal = pg.escapeLiteral;
const quoted = (object: Named): string => `${id(object.schema)}.${id(object.name)}`;

interface Named {
  readonly schema: string;
  readonly name: string;
}

const SETUP = `
  CREATE TABLE canary (id integer PRIMARY KEY);
  INSERT INTO canary VALUES (1), (2), (3);
  CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`;

interface Session {
  readonly transaction: boolean;
  readonly conforming?: 'on' | 'off';
}

/** Walks through a life of awkward names on a connection of its own, and looks after the canary. */
async function live(url: string, base: string, { transaction, conforming = 'on' }: Session): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`SET standard_conforming_strings = ${conforming}; SET client_min_messages = error`);
    const before = await canary(client);
    if (transaction) await client.query('BEGIN');
    await walk(client, base);
    if (transaction) await client.query('ROLLBACK');
    expect(await canary(client)).toEqual(before);
  } finally {
    await client.end();
  }
}

describe.each(majors)('on PostgreSQL %i', (major) => {
  const db = useDatabase(SETUP, major);

  test.each(some(AWKWARD, 3))('every operation and check takes %j for a name', async (base) => {
    await live(db.url(), base, { transaction: false });
  });

  test.each(some(AWKWARD.slice(2, 6), 1))('and so inside a transaction: %j', async (base) => {
    await live(db.url(), base, { transaction: true });
  });

  test.each(some([true, false], 1))('and where a backslash escapes, in a transaction: %s', async (transaction) => {
    await live(db.url(), "\\'; drop table public.canary; --\\", { transaction, conforming: 'off' });
  });

  test.each(some([true, false], 1))('any other name will do, in a transaction: %s', async (transaction) => {
    await fc.assert(
      fc.asyncProperty(randomBase, (base) => live(db.url(), base, { transaction })),
      { numRuns: 2, endOnFailure: true },
    );
  });

  // Names that statements of the engine give to their own parts.
  test.each(some(['picked', 'changed', 'child', 'parent', 'bad', 'q', 's', 'c', 'count', 'ctid_', 'rows'], 4))(
    'a table and a column may be called %s',
    async (name) => {
      const client = await db.connect();
      await client.query(
        `CREATE TABLE ${id(name)} (id integer PRIMARY KEY, ${id(name)} integer, other integer); INSERT INTO ${id(name)} VALUES (1), (2)`,
      );
      const g = guard(client);
      await twice(() => g.backfill(name, { set: { [name]: 2 }, where: { [name]: null } }));
      await twice(() =>
        g.backfill(name, { set: { other: sql`id + 1` }, where: `${id(name)}.id = 1 AND other IS NULL` }),
      );
      const orphans = { references: { table: name, column: name }, where: { other: 2 } };
      expect(await g.findOrphans(name, 'id', orphans)).toMatchObject({ count: 1, samples: [{ id: 1, [name]: 2 }] });
      const wrong = await errorOf(g.safeCreateUniqueConstraint(name, [name]));
      expect(wrong).toMatchObject({ code: 'HF_DATA', count: 1, samples: [{ [name]: 2, rows: 2 }] });
      await twice(() => g.safeCreateUniqueConstraint(name, ['other']));
      await twice(() => g.safeAddForeignKey(name, [name], { references: { table: name, columns: ['id'] } }));
      await twice(() => g.safeCreateCheckConstraint(name, name, `${id(name)} > 1`));
      await twice(() => g.safeRenameConstraint(name, name, 'renamed'));
      await twice(() => g.safeRenameConstraint(name, 'renamed', name));
      await twice(() => g.safeSetNotNull(name, name));
      await twice(() => g.safeSetComment(name, name, name));
      await twice(() => g.safeDropColumn(name, 'other'));
      await twice(() => g.safeSetDefault(name, name, '1 + 1'));
      await twice(() => g.safeDropNotNull(name, name));
      await twice(() => g.safeRenameColumn(name, name, 'renamed'));
      await twice(() => g.safeRenameTable(name, 'renamed'));
      await twice(() => g.safeExpandTableRename('renamed', name));
      await twice(() => g.safeExpandTableRename(name, 'renamed'));
      await twice(() => g.safeContractTableRename(name, 'renamed'));
      await twice(() => g.safeDropTable('renamed', { allowRows: true }));
    },
  );
});

describe.each(availableMajors([15]).filter((major) => !majors.includes(major)))('on PostgreSQL %i', (major) => {
  const db = useDatabase(SETUP, major);

  test.each(some(AWKWARD.slice(0, 6), 1))('every operation and check takes %j for a name', async (base) => {
    await live(db.url(), base, { transaction: false });
  });
});

/** Rows of the table that nobody may touch, with what each change of them would change. */
function canary(client: pg.Client): Promise<unknown> {
  return one(
    client,
    `SELECT json_agg(json_build_object('id', id, 'xmin', xmin::text, 'table', tableoid::text)) FROM public.canary`,
  );
}

/** Every operation twice, every check, in a schema of awkward names. The schema is gone afterwards. */
async function walk(client: pg.Client, base: string): Promise<void> {
  const name = namesLike(base);
  const schema = name('s');
  const [table, parent, type] = ['t', 'p', 'e'].map((letter) => ({ schema, name: name(letter) })) as [
    Named,
    Named,
    Named,
  ];
  const [key, text, number, status] = ['k', 'x', 'y', 'z'].map(name) as [string, string, string, string];
  await client.query(`CREATE SCHEMA ${id(schema)};
    CREATE TABLE ${quoted(parent)} (${id(key)} integer PRIMARY KEY);
    CREATE TABLE ${quoted(table)} (${id(key)} integer);
    INSERT INTO ${quoted(parent)} VALUES (1);
    INSERT INTO ${quoted(table)} VALUES (1), (2)`);
  const g = guard(client);
  const orphans = { references: { table: parent, column: key }, select: [key], where: { [key]: 2 } };
  expect(await g.findOrphans(table, key, orphans)).toEqual({ count: 1, atLeast: false, samples: [{ [cut(key)]: 2 }] });
  await client.query(`INSERT INTO ${quoted(parent)} VALUES (2)`);
  await twice(() => g.safeAddPrimaryKey(table, [key], { name: name('l') }));

  await twice(() => g.safeAddColumn(table, text, `text DEFAULT ${literal(base)}`));
  await twice(() =>
    g.safeAddColumn(
      table,
      number,
      `integer CONSTRAINT ${id(name('f'))} REFERENCES ${quoted(parent)} (${id(key)}) ON DELETE CASCADE
        CONSTRAINT ${id(name('d'))} CHECK (${id(number)} < 100) CONSTRAINT ${id(name('u'))} UNIQUE`,
    ),
  );
  await twice(() => g.safeChangeColumn(table, number, `bigint DEFAULT 1`));
  await twice(() =>
    g.safeAddColumn(table, { [name('1')]: `text DEFAULT ${literal(base)}`, [name('2')]: 'integer NOT NULL DEFAULT 1' }),
  );
  await twice(() => g.safeSetDefault(table, name('1'), `${literal(base)} || ${literal(base)}`));
  await twice(() => g.safeDropDefault(table, name('1')));
  await twice(() => g.safeDropNotNull(table, name('2')));
  await twice(() => g.safeRenameColumn(table, name('1'), name('3')));
  await twice(() => g.safeDropColumn(table, name('3')));
  await twice(() => g.safeDropColumn(table, name('2')));
  await client.query(`CREATE TABLE ${quoted({ schema, name: name('4') })} (${id(key)} integer)`);
  await twice(() => g.safeRenameTable({ schema, name: name('4') }, { name: name('5') }));
  await twice(() => g.safeExpandTableRename({ schema, name: name('5') }, { name: name('6') }));
  await twice(() => g.safeExpandTableRename({ schema, name: name('6') }, { name: name('5') }));
  await twice(() => g.safeContractTableRename({ schema, name: name('6') }, { name: name('5') }));
  await twice(() => g.safeDropTable({ schema, name: name('5') }));
  await twice(() => g.safeSetComment(table, undefined, base));
  await twice(() => g.safeSetComment(table, text, `${base} of a column`));
  await client.query(`UPDATE ${quoted(table)} SET ${id(text)} = NULL`);
  await twice(() => g.safeSetNotNull(table, text, { backfill: base }));
  await twice(() => g.safeCreateIndex(table, [text], { name: name('i') }));
  await twice(() => g.safeCreateIndex(table, [text, { column: number, order: 'desc' }]));
  await twice(() =>
    g.safeCreateIndex(table, [{ expression: `lower(${id(text)})` }], {
      name: name('j'),
      include: [number],
      where: `${id(number)} > 0`,
    }),
  );
  await twice(() => g.safeCreateIndex(table, [number], { name: name('q') }));
  await twice(() => g.safeRenameIndex({ schema, name: name('q') }, { schema, name: name('h') }));
  await twice(() => g.safeDropIndex({ name: name('h') }, { table }));
  await twice(() => g.safeCreateUniqueConstraint(table, [key, text], { name: name('v') }));
  await twice(() => g.safeCreateCheckConstraint(table, name('w'), `${id(text)} <> ${literal(`${base}!`)}`));
  await twice(() =>
    g.safeAddForeignKey(table, [key], { references: { table: parent, columns: [key] }, name: name('g') }),
  );
  await twice(() => g.safeRenameConstraint(table, name('w'), name('h')));
  await twice(() => g.safeRenameConstraint(table, name('h'), name('w')));
  await twice(() => g.safeDropConstraint(table, name('g')));
  await client.query(
    `ALTER TABLE ${quoted(table)} ADD CONSTRAINT ${id(name('g'))} FOREIGN KEY (${id(key)}) REFERENCES ${quoted(parent)} NOT VALID`,
  );
  await twice(() => g.safeValidateConstraint(table, name('g')));
  const elements = [
    { column: key, with: '=' },
    { expression: `lower(${id(text)})`, with: '=' },
  ];
  await twice(() => g.safeCreateExclusionConstraint(table, name('h'), { elements, method: 'btree' }));
  await walkObjects(g, name, table, key);
  await twice(() => g.seed(parent, [{ [key]: 3 }], { key }));
  await walkEnum(g, { name, table, type, status });
  await twice(() => g.backfill(table, { set: { [text]: `${base} set` }, where: { [key]: 1, [text]: base } }));
  await twice(() => g.backfill(table, { set: { [text]: `${base} all` } }));
  await ask(client, g, { name, table, parent, type, key, text, number });
  await twice(() => g.safeDropColumn(table, status));
  await walkTable(g, { name, parent, key });
  await walkExpansion(g, name, schema);

  expect(await one(client, `SELECT array_agg(DISTINCT ${id(text)}) FROM ${quoted(table)}`)).toEqual([`${base} all`]);
  expect(await one(client, CATALOG, [schema, table.name])).toEqual({
    columns: await asServerKeeps(client, [key, text, number]),
    indexes: expect.arrayContaining(await asServerKeeps(client, ['i', 'j', 'u', 'v', 'l', 'h'].map(name))),
    constraints: expect.arrayContaining(
      await asServerKeeps(client, ['f', 'd', 'u', 'v', 'w', 'g', 'l', 'h'].map(name)),
    ),
    tableComment: base,
    columnComment: `${base} of a column`,
  });
  await client.query(`DROP SCHEMA ${id(schema)} CASCADE`);
}

interface Walk {
  readonly name: (letter: string) => string;
  readonly table: Named;
  readonly type: Named;
}

/** A table whose columns, constraints and self-reference have such names. */
async function walkTable(
  g: Guard,
  { name, parent, key }: Pick<Walk, 'name'> & { parent: Named; key: string },
): Promise<void> {
  const made = { schema: parent.schema, name: name('L') };
  const [a, b, c] = ['a', 'b', 'c'].map((letter) => id(name(letter))) as [string, string, string];
  const text = `${a} integer PRIMARY KEY, ${b} text DEFAULT ${literal(name('d'))} UNIQUE CHECK (${b} <> ''),
    ${c} integer CONSTRAINT ${id(name('e'))} REFERENCES ${quoted(parent)} (${id(key)}), UNIQUE (${a}, ${b}),
    FOREIGN KEY (${c}) REFERENCES ${quoted(made)} (${a})`;
  await twice(() => g.safeCreateTable(made, text));
  expect(await g.columnsExist(made, ['a', 'b', 'c'].map(name))).toBe(true);
  expect((await g.safeCreateTable(made, text, { complete: true })).status).toBe('unchanged');
}

/** A key that its own table refers to becomes bigint, and a column gets another name, in all phases. */
async function walkExpansion(g: Guard, name: (letter: string) => string, schema: string): Promise<void> {
  const made = { schema, name: name('N') };
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(name) as [string, string, string, string];
  await g.safeCreateTable(
    made,
    `${id(a)} serial PRIMARY KEY CONSTRAINT ${id(name('e'))} CHECK (${id(a)} > 0),
     ${id(b)} text DEFAULT ${literal(name('f'))} NOT NULL CONSTRAINT ${id(name('g'))} CHECK (${id(b)} <> ''),
     ${id(c)} integer CONSTRAINT ${id(name('i'))} REFERENCES ${quoted(made)} (${id(a)})`,
  );
  await g.safeCreateIndex(made, [{ expression: `lower(${id(b)})` }, a], { name: name('J'), where: `${id(b)} <> 'x'` });
  await g.seed(made, [{ [a]: 1, [c]: 1 }], { key: a });
  for (const phase of ['safeExpandColumn', 'safeFillColumn', 'safeSwapColumn', 'safeContractColumn'] as const)
    await twice(() => g[phase](made, a, 'bigint'));
  expect(await g.columnType(made, a)).toBe('bigint');
  for (const phase of ['safeExpandColumn', 'safeFillColumn', 'safeContractColumn'] as const)
    await twice(() => g[phase](made, b, { name: d }));
  expect(await g.columnsExist(made, [a, c, d])).toBe(true);
  expect(await g.columnExists(made, b)).toBe(false);
  expect(await g.findNulls(made, d)).toMatchObject({ count: 0 });
  await twice(() => g.safeDropTable(made, { allowRows: true }));
}

/** Schema objects, made and dropped again. A function's name stands in SQL text, so it is an ordinary one. */
async function walkObjects(g: Guard, name: (letter: string) => string, table: Named, key: string): Promise<void> {
  const view = { schema: table.schema, name: name('o') };
  const touch = 'awkward_touch()';
  await twice(() => g.safeCreateSchema(name('h')));
  await twice(() => g.safeDropSchema(name('h')));
  await twice(() => g.safeCreateFunction(touch, 'RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$'));
  const events = `BEFORE UPDATE OF ${id(key)} FOR EACH ROW WHEN (NEW.${id(key)} IN (1, 2)) EXECUTE FUNCTION ${touch}`;
  await twice(() => g.safeCreateTrigger(table, name('r'), events));
  await twice(() => g.safeDropTrigger(table, name('r')));
  await twice(() => g.safeDropFunction(touch));
  const using = `EXISTS (SELECT FROM ${quoted(table)} o WHERE o.${id(key)} = ${id(cut(table.name))}.${id(key)})`;
  await twice(() => g.safeCreatePolicy(table, name('q'), { using, withCheck: `${id(key)} IN (1, 2)` }));
  await twice(() => g.safeEnableRowLevelSecurity(table));
  await twice(() => g.safeDisableRowLevelSecurity(table));
  await twice(() => g.safeDropPolicy(table, name('q')));
  for (const columns of [undefined, [key]])
    for (const change of ['safeGrant', 'safeRevoke'] as const)
      await twice(() => g[change](table, 'select', 'pg_monitor', columns === undefined ? {} : { columns }));
  await twice(() => g.safeCreateView(view, `SELECT ${id(key)} FROM ${quoted(table)} WHERE ${id(key)} IN (1, 2)`));
  await twice(() => g.safeDropView(view));
  await twice(() => g.safeCreateSequence(view, { increment: -2 }));
  await twice(() => g.safeDropSequence(view));
}

async function walkEnum(g: Guard, { name, table, type, status }: Walk & { status: string }): Promise<void> {
  const label = (letter: string): string => cut(name(letter));
  await twice(() => g.safeCreateEnum(type, [label('a'), label('b')]));
  await twice(() => g.safeAddEnumValue(type, label('c'), { after: label('a') }));
  await twice(async () => (await g.safeAddEnumValues(type, [label('d')]))[0] as Outcome);
  await twice(() => g.safeAddColumn(table, status, `${quoted(type)} NOT NULL DEFAULT ${literal(label('a'))}`));
  expect(await g.enumValues(type)).toEqual(['a', 'c', 'b', 'd'].map(label));
  expect(await g.enumExists(type)).toBe(true);
  expect(await g.enumValueExists(type, label('d'))).toBe(true);
  expect(await g.enumValueExists(type, `${label('d')}'`)).toBe(false);
  await twice(() => g.safeRenameEnumValue(type, label('d'), label('e')));
  await twice(() => g.safeRenameEnumValue(type, label('e'), label('d')));
  await walkChangesOfEnum(g, { name, table, type });
}

/** Of a second enum and column, which it takes away again. */
async function walkChangesOfEnum(g: Guard, { name, table, type }: Walk): Promise<void> {
  const label = (letter: string): string => cut(name(letter));
  const [from, to] = [name('F'), name('G')].map((each) => ({ schema: type.schema, name: each })) as [Named, Named];
  const column = name('H');
  await twice(() => g.safeCreateEnum(from, [label('a'), label('b'), label('c')]));
  await twice(() => g.safeAddColumn(table, column, `${quoted(from)} DEFAULT ${literal(label('a'))}`));
  await twice(() => g.safeRenameEnum(from, to));
  await twice(() => g.safeRemoveEnumValue(to, label('b'), { replaceWith: label('c') }));
  expect(await g.enumValues(to)).toEqual([label('a'), label('c')]);
  await twice(() => g.safeConvertEnumToCheck(table, column));
  await g.safeDropColumn(table, column);
  await twice(() => g.safeDropEnum(to));
}

/** Every check and read finds what is there, and only that. */
async function ask(
  client: pg.Client,
  g: Guard,
  { name, table, parent, type, key, text, number }: Walk & { parent: Named; key: string; text: string; number: string },
): Promise<void> {
  const { schema } = table;
  const gone = { schema, name: name('o') };
  await client.query(`CREATE VIEW ${quoted({ schema, name: name('n') })} AS SELECT 1;
    CREATE POLICY ${id(name('m'))} ON ${quoted(table)} USING (true);
    CREATE TRIGGER ${id(name('r'))} BEFORE INSERT ON ${quoted(table)} FOR EACH ROW EXECUTE FUNCTION public.nothing()`);
  const there = {
    schema: await g.schemaExists(schema),
    table: await g.tableExists(table),
    column: await g.columnExists(table, text),
    index: await g.indexExists({ schema, name: name('i') }),
    indexOfTable: await g.indexExists({ name: name('i') }, table),
    constraint: await g.constraintExists(name('w'), table),
    foreignKey: await g.foreignKeyExists(table, [number], { table: parent, columns: [key] }),
    trigger: await g.triggerExists(name('r'), table),
    policy: await g.policyExists(name('m'), table),
    view: await g.viewExists({ schema, name: name('n') }),
    type: (await g.columnType(table, text)) === 'text',
  };
  expect(Object.entries(there).filter(([, is]) => !is)).toEqual([]);
  const absent = {
    schema: await g.schemaExists(name('o')),
    table: await g.tableExists(gone),
    tableOfType: await g.tableExists(type),
    column: await g.columnExists(table, name('o')),
    index: await g.indexExists(gone),
    constraint: await g.constraintExists(name('o'), table),
    foreignKey: await g.foreignKeyExists(table, [text], { table: parent, columns: [key] }),
    trigger: await g.triggerExists(name('o'), table),
    policy: await g.policyExists(name('o'), table),
    view: await g.viewExists(gone),
    enum: await g.enumExists(gone),
    extension: await g.extensionExists(name('o')),
    type: (await g.columnType(table, name('o'))) !== null,
    rows: (await g.estimateRows(gone)) !== null,
  };
  expect(Object.entries(absent).filter(([, is]) => is)).toEqual([]);
  expect(await g.missingColumns(table, [text, name('o'), key])).toEqual([name('o')]);
  expect(await g.detectPkColumn(table)).toBe(cut(key));
  expect(await g.detectPrimaryKey(parent)).toMatchObject({
    columns: [cut(key)],
    types: ['integer'],
    referencedBy: [{}, {}],
  });
  // Prerequisites name tables in one text, so a name with a dot cannot be asked for.
  if (!/\./.test(name('o'))) await requireAll(g, { name, table, type, text });
}

async function requireAll(g: Guard, { name, table, type, text }: Walk & { text: string }): Promise<void> {
  const [path, typePath] = [`${table.schema}.${table.name}`, `${type.schema}.${type.name}`];
  const report = await g.validatePrerequisites({
    schemas: [table.schema],
    tables: [path],
    columns: { [path]: { [text]: 'text' } },
    indexes: [`${table.schema}.${name('i')}`],
    constraints: { [path]: [name('w')] },
    enums: { [typePath]: [cut(name('d'))] },
    privileges: { [path]: ['owner', 'select'] },
    noRowsWhere: { [path]: `${id(text)} IS NULL` },
  });
  expect(report).toMatchObject({ ok: true, checked: 9 });
  const missing = await errorOf<PrerequisiteError>(
    g.validatePrerequisites({ tables: [path, `${table.schema}.${name('o')}`], columns: { [path]: [name('o')] } }),
  );
  expect(missing.missing.map((m) => m.name)).toEqual([`${table.schema}.${name('o')}`, `${path}.${name('o')}`]);
}

/** What stands in the catalog of a table. */
const CATALOG = `
  SELECT json_build_object(
    'columns', (SELECT json_agg(attname ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped),
    'indexes', (SELECT json_agg(x.relname) FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid AND i.indisvalid),
    'constraints', (SELECT json_agg(conname) FROM pg_constraint WHERE conrelid = c.oid AND convalidated),
    'tableComment', obj_description(c.oid, 'pg_class'), 'columnComment', col_description(c.oid, 2))
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`;

function asServerKeeps(client: pg.Client, names: readonly string[]): Promise<string[]> {
  return one(client, 'SELECT array_agg(x::name::text) FROM json_array_elements_text($1) x', [JSON.stringify(names)]);
}

/** Runs an operation, then again: the second time there is nothing to do. */
async function twice(operation: () => Promise<Outcome>): Promise<void> {
  const { status } = await operation();
  expect(status).toBe('applied');
  expect(await operation()).toMatchObject({ status: 'unchanged' });
}

/** Text cut to 63 bytes, between characters. */
function cut(text: string): string {
  let kept = '';
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > 63) break;
    kept += character;
  }
  return kept;
}
