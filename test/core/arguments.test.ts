import { type Guard, type GuardOptions, guard, type PgClient } from '@holdfast/core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countQueries, errorOf, one, useDatabase } from './support.js';

const db = useDatabase(`
  CREATE SCHEMA app;
  CREATE TABLE users (id integer PRIMARY KEY, email text);
  CREATE TABLE app.invoices (id integer PRIMARY KEY);
  CREATE TYPE status AS ENUM ('a')`);

let client: pg.Client;
beforeAll(async () => {
  client = new pg.Client({ connectionString: db.url() });
  await client.connect();
});
afterAll(() => client.end());

/** A guard that lets anything through to what is under test, types or no types. */
type Loose = { [method in keyof Guard]: (...args: unknown[]) => Promise<unknown> };

/** Expects that a call is refused as wrong before anything is sent. */
async function refused(call: (g: Loose) => unknown): Promise<string> {
  const g = guard(client) as unknown as Loose;
  const count = countQueries(client);
  const error = await errorOf<Error & { code: string }>((async () => call(g))());
  expect(error).toMatchObject({ name: 'InvalidArgumentError', code: 'HF_ARGUMENT', left: 'Nothing was changed.' });
  expect(count).toEqual({ sent: 0, texts: [] });
  return error.message;
}

const REFERENCES = { references: { table: 'users', columns: ['id'] } };

const EXCLUSION = { elements: [{ column: 'a', with: '&&' }] };

/** Every method with a table or type first. */
const ON_TABLES: Readonly<Record<string, (g: Loose, table: unknown) => unknown>> = {
  tableExists: (g, t) => g.tableExists(t),
  columnExists: (g, t) => g.columnExists(t, 'a'),
  columnsExist: (g, t) => g.columnsExist(t, ['a']),
  missingColumns: (g, t) => g.missingColumns(t, ['a']),
  indexExists: (g, t) => g.indexExists(t),
  'indexExists of a table': (g, t) => g.indexExists('a', t),
  constraintExists: (g, t) => g.constraintExists('a', t),
  foreignKeyExists: (g, t) => g.foreignKeyExists(t, ['a']),
  'foreignKeyExists to a table': (g, t) => g.foreignKeyExists('users', ['a'], { table: t }),
  enumExists: (g, t) => g.enumExists(t),
  enumValueExists: (g, t) => g.enumValueExists(t, 'a'),
  enumValues: (g, t) => g.enumValues(t),
  triggerExists: (g, t) => g.triggerExists('a', t),
  policyExists: (g, t) => g.policyExists('a', t),
  viewExists: (g, t) => g.viewExists(t),
  columnType: (g, t) => g.columnType(t, 'a'),
  estimateRows: (g, t) => g.estimateRows(t),
  detectPkColumn: (g, t) => g.detectPkColumn(t),
  detectPrimaryKey: (g, t) => g.detectPrimaryKey(t),
  safeCreateTable: (g, t) => g.safeCreateTable(t, 'a text'),
  safeAddColumn: (g, t) => g.safeAddColumn(t, 'a', 'text'),
  safeChangeColumn: (g, t) => g.safeChangeColumn(t, 'a', 'text'),
  safeDropTable: (g, t) => g.safeDropTable(t),
  safeRenameTable: (g, t) => g.safeRenameTable(t, 'a'),
  'safeRenameTable: the new name': (g, t) => g.safeRenameTable('users', t),
  safeExpandTableRename: (g, t) => g.safeExpandTableRename(t, 'a'),
  'safeExpandTableRename: the new name': (g, t) => g.safeExpandTableRename('users', t),
  safeContractTableRename: (g, t) => g.safeContractTableRename(t, 'a'),
  'safeContractTableRename: the new name': (g, t) => g.safeContractTableRename('users', t),
  safeDropColumn: (g, t) => g.safeDropColumn(t, 'a'),
  safeRenameColumn: (g, t) => g.safeRenameColumn(t, 'a', 'b'),
  safeDropNotNull: (g, t) => g.safeDropNotNull(t, 'a'),
  safeSetDefault: (g, t) => g.safeSetDefault(t, 'a', '1'),
  safeDropDefault: (g, t) => g.safeDropDefault(t, 'a'),
  safeSetNotNull: (g, t) => g.safeSetNotNull(t, 'a'),
  safeSetComment: (g, t) => g.safeSetComment(t, 'a', 'text'),
  safeCreateIndex: (g, t) => g.safeCreateIndex(t, ['a']),
  safeDropIndex: (g, t) => g.safeDropIndex(t),
  'safeDropIndex of a table': (g, t) => g.safeDropIndex('a', { table: t }),
  safeRenameIndex: (g, t) => g.safeRenameIndex(t, 'a'),
  'safeRenameIndex to a name': (g, t) => g.safeRenameIndex('a', t),
  safeAddForeignKey: (g, t) => g.safeAddForeignKey(t, ['a'], REFERENCES),
  'safeAddForeignKey to a table': (g, t) =>
    g.safeAddForeignKey('users', ['a'], { references: { table: t, columns: ['id'] } }),
  safeCreateCheckConstraint: (g, t) => g.safeCreateCheckConstraint(t, 'a', 'true'),
  safeCreateUniqueConstraint: (g, t) => g.safeCreateUniqueConstraint(t, ['a']),
  safeValidateConstraint: (g, t) => g.safeValidateConstraint(t, 'a'),
  safeDropConstraint: (g, t) => g.safeDropConstraint(t, 'a'),
  safeRenameConstraint: (g, t) => g.safeRenameConstraint(t, 'a', 'b'),
  safeAddPrimaryKey: (g, t) => g.safeAddPrimaryKey(t, ['a']),
  safeCreateExclusionConstraint: (g, t) => g.safeCreateExclusionConstraint(t, 'a', EXCLUSION),
  safeCreateEnum: (g, t) => g.safeCreateEnum(t, ['a']),
  safeAddEnumValue: (g, t) => g.safeAddEnumValue(t, 'b'),
  safeAddEnumValues: (g, t) => g.safeAddEnumValues(t, ['b']),
  safeRenameEnumValue: (g, t) => g.safeRenameEnumValue(t, 'a', 'b'),
  safeRemoveEnumValue: (g, t) => g.safeRemoveEnumValue(t, 'a'),
  safeRenameEnum: (g, t) => g.safeRenameEnum(t, 'a'),
  'safeRenameEnum to': (g, t) => g.safeRenameEnum('status', t),
  safeDropEnum: (g, t) => g.safeDropEnum(t),
  safeConvertEnumToCheck: (g, t) => g.safeConvertEnumToCheck(t, 'a'),
  safeCreateTrigger: (g, t) => g.safeCreateTrigger(t, 'a', TRIGGER),
  safeDropTrigger: (g, t) => g.safeDropTrigger(t, 'a'),
  safeEnableRowLevelSecurity: (g, t) => g.safeEnableRowLevelSecurity(t),
  safeDisableRowLevelSecurity: (g, t) => g.safeDisableRowLevelSecurity(t),
  safeCreatePolicy: (g, t) => g.safeCreatePolicy(t, 'a', { using: 'true' }),
  safeDropPolicy: (g, t) => g.safeDropPolicy(t, 'a'),
  safeCreateView: (g, t) => g.safeCreateView(t, 'SELECT 1'),
  safeDropView: (g, t) => g.safeDropView(t),
  safeCreateSequence: (g, t) => g.safeCreateSequence(t),
  safeDropSequence: (g, t) => g.safeDropSequence(t),
  safeCreateFunction: (g, t) => g.safeCreateFunction(t, 'RETURNS integer'),
  safeDropFunction: (g, t) => g.safeDropFunction(t),
  safeGrant: (g, t) => g.safeGrant(t, 'select', 'a'),
  safeRevoke: (g, t) => g.safeRevoke(t, 'select', 'a'),
  seed: (g, t) => g.seed(t, [{ a: 1 }], { key: 'a' }),
  backfill: (g, t) => g.backfill(t, { set: { a: 1 } }),
  findDuplicates: (g, t) => g.findDuplicates(t, ['a']),
  findNulls: (g, t) => g.findNulls(t, 'a'),
  findOrphans: (g, t) => g.findOrphans(t, 'a', { references: { table: 'users', column: 'id' } }),
  'findOrphans of a table': (g, t) => g.findOrphans('users', 'a', { references: { table: t, column: 'id' } }),
  'validatePrerequisites: tables': (g, t) => g.validatePrerequisites({ tables: [t] }),
};

const NO_TABLES = [
  5n,
  '',
  '.',
  'app.',
  '.users',
  'a.b.c',
  'us\0ers',
  null,
  5,
  [],
  {},
  { name: '' },
  { schema: '', name: 'a' },
  { name: 'a\0' },
];

describe('what cannot be the name of a table or type is refused by', () => {
  test.each(Object.entries(ON_TABLES))('%s', async (_method, call) => {
    for (const table of NO_TABLES) expect(await refused((g) => call(g, table))).not.toBe('');
  });
});

const TRIGGER = 'BEFORE UPDATE EXECUTE FUNCTION touch()';

/** Every method with the name of something else. */
const WITH_NAMES: Readonly<Record<string, (g: Loose, name: unknown) => unknown>> = {
  schemaExists: (g, n) => g.schemaExists(n),
  extensionExists: (g, n) => g.extensionExists(n),
  columnExists: (g, n) => g.columnExists('users', n),
  columnsExist: (g, n) => g.columnsExist('users', ['email', n]),
  missingColumns: (g, n) => g.missingColumns('users', [n]),
  columnType: (g, n) => g.columnType('users', n),
  constraintExists: (g, n) => g.constraintExists(n, 'users'),
  foreignKeyExists: (g, n) => g.foreignKeyExists('users', [n]),
  triggerExists: (g, n) => g.triggerExists(n, 'users'),
  policyExists: (g, n) => g.policyExists(n, 'users'),
  safeAddColumn: (g, n) =>
    typeof n === 'string' ? g.safeAddColumn('users', n, 'text') : g.safeAddColumn('users', '', 'text'),
  safeChangeColumn: (g, n) => g.safeChangeColumn('users', n, 'text'),
  'safeAddColumn: several': (g, n) =>
    g.safeAddColumn('users', { [String(n)]: typeof n === 'string' ? 'text' : n, a: 'text' }),
  safeDropColumn: (g, n) => g.safeDropColumn('users', n),
  safeConvertEnumToCheck: (g, n) => g.safeConvertEnumToCheck('users', n),
  safeRenameColumn: (g, n) => g.safeRenameColumn('users', n, 'a'),
  'safeRenameColumn: the new name': (g, n) => g.safeRenameColumn('users', 'email', n),
  safeDropNotNull: (g, n) => g.safeDropNotNull('users', n),
  safeSetDefault: (g, n) => g.safeSetDefault('users', n, '1'),
  safeDropDefault: (g, n) => g.safeDropDefault('users', n),
  safeSetNotNull: (g, n) => g.safeSetNotNull('users', n),
  safeSetComment: (g, n) => g.safeSetComment('users', n, 'text'),
  safeCreateIndex: (g, n) => g.safeCreateIndex('users', [n]),
  'safeCreateIndex: { column }': (g, n) => g.safeCreateIndex('users', [{ column: n }]),
  'safeCreateIndex: name': (g, n) => g.safeCreateIndex('users', ['email'], { name: n }),
  'safeCreateIndex: include': (g, n) => g.safeCreateIndex('users', ['email'], { include: [n] }),
  'safeCreateIndex: opclass': (g, n) => g.safeCreateIndex('users', [{ column: 'email', opclass: n }]),
  'safeCreateIndex: collation': (g, n) => g.safeCreateIndex('users', [{ column: 'email', collation: n }]),
  safeAddForeignKey: (g, n) => g.safeAddForeignKey('users', [n], REFERENCES),
  'safeAddForeignKey: name': (g, n) => g.safeAddForeignKey('users', ['id'], { ...REFERENCES, name: n }),
  'safeAddForeignKey: references': (g, n) =>
    g.safeAddForeignKey('users', ['id'], { references: { table: 'users', columns: [n] } }),
  safeCreateCheckConstraint: (g, n) => g.safeCreateCheckConstraint('users', n, 'true'),
  safeCreateUniqueConstraint: (g, n) => g.safeCreateUniqueConstraint('users', [n]),
  safeValidateConstraint: (g, n) => g.safeValidateConstraint('users', n),
  safeDropConstraint: (g, n) => g.safeDropConstraint('users', n),
  'safeRenameConstraint: from': (g, n) => g.safeRenameConstraint('users', n, 'b'),
  'safeRenameConstraint: to': (g, n) => g.safeRenameConstraint('users', 'a', n),
  'safeCreateUniqueConstraint: name': (g, n) => g.safeCreateUniqueConstraint('users', ['email'], { name: n }),
  findDuplicates: (g, n) => g.findDuplicates('users', [n]),
  findNulls: (g, n) => g.findNulls('users', n),
  'safeCreateUniqueConstraint: include': (g, n) => g.safeCreateUniqueConstraint('users', ['id'], { include: [n] }),
  safeAddPrimaryKey: (g, n) => g.safeAddPrimaryKey('users', [n]),
  'safeAddPrimaryKey: name': (g, n) => g.safeAddPrimaryKey('users', ['email'], { name: n }),
  safeCreateExclusionConstraint: (g, n) => g.safeCreateExclusionConstraint('users', n, EXCLUSION),
  'safeCreateExclusionConstraint: column': (g, n) =>
    g.safeCreateExclusionConstraint('users', 'a', { elements: [{ column: n, with: '=' }] }),
  'safeCreateExclusionConstraint: opclass': (g, n) =>
    g.safeCreateExclusionConstraint('users', 'a', { elements: [{ column: 'id', opclass: n, with: '=' }] }),
  'safeCreateExclusionConstraint: method': (g, n) =>
    g.safeCreateExclusionConstraint('users', 'a', { ...EXCLUSION, method: n }),
  safeCreateSchema: (g, n) => g.safeCreateSchema(n),
  'safeCreateSchema: owner': (g, n) => g.safeCreateSchema('app', { owner: n }),
  safeDropSchema: (g, n) => g.safeDropSchema(n),
  safeCreateExtension: (g, n) => g.safeCreateExtension(n),
  'safeCreateExtension: schema': (g, n) => g.safeCreateExtension('citext', { schema: n }),
  'safeCreateExtension: version': (g, n) => g.safeCreateExtension('citext', { version: n }),
  safeDropExtension: (g, n) => g.safeDropExtension(n),
  safeCreateTrigger: (g, n) => g.safeCreateTrigger('users', n, TRIGGER),
  safeDropTrigger: (g, n) => g.safeDropTrigger('users', n),
  safeCreatePolicy: (g, n) => g.safeCreatePolicy('users', n, { using: 'true' }),
  'safeCreatePolicy: to': (g, n) => g.safeCreatePolicy('users', 'a', { using: 'true', to: [n] }),
  safeDropPolicy: (g, n) => g.safeDropPolicy('users', n),
  'safeGrant: to': (g, n) => g.safeGrant('users', 'select', n),
  'safeGrant: columns': (g, n) => g.safeGrant('users', 'select', 'a', { columns: [n] }),
  'safeGrant: schema': (g, n) => g.safeGrant(n, 'usage', 'a', { on: 'schema' }),
  'safeRevoke: from': (g, n) => g.safeRevoke('users', 'select', [n]),
  'seed: key': (g, n) => g.seed('users', [{ id: 1 }], { key: n }),
  'seed: column': (g, n) => g.seed('users', [typeof n === 'string' ? { id: 1, [n]: 1 } : n], { key: 'id' }),
  findOrphans: (g, n) => g.findOrphans('users', n, { references: { table: 'users', column: 'id' } }),
  'findOrphans: references': (g, n) => g.findOrphans('users', 'id', { references: { table: 'users', column: n } }),
  'findOrphans: select': (g, n) =>
    g.findOrphans('users', 'id', { references: { table: 'users', column: 'id' }, select: [n] }),
  'detectPkColumn: candidates': (g, n) => g.detectPkColumn('users', { candidates: [n] }),
};

describe('what cannot be a name is refused by', () => {
  test.each(Object.entries(WITH_NAMES))('%s', async (_method, call) => {
    for (const name of ['', 'a\0b', null, 5, 5n]) expect(await refused((g) => call(g, name))).not.toBe('');
  });
});

/** Wrong in other ways. */
const WRONG: Readonly<Record<string, (g: Loose) => unknown>> = {
  'columns asked for that are a text': (g) => g.columnsExist('users', 'email'),
  'no columns asked for': (g) => g.missingColumns('users'),
  'references that are null': (g) => g.foreignKeyExists('users', ['id'], null),
  'a value of an enum that is missing': (g) => g.safeAddEnumValue('status', undefined),
  'a table in a list that is none': (g) => g.forEachTable(['users', null], () => undefined),
  'a new value that is an invalid Date': (g) => g.backfill('users', { set: { email: new Date(Number.NaN) } }),
  'an unknown option': (g) => g.safeDropColumn('users', 'email', { cascade: true }),
  'an option of another operation': (g) => g.safeCreateUniqueConstraint('users', ['email'], { onDelete: 'cascade' }),
  'an empty reason': (g) => g.safeDropColumn('users', 'email', { allow: ' ' }),
  'a reason that is none': (g) => g.safeDropColumn('users', 'email', { allow: true }),
  'another ifMissing': (g) => g.safeDropColumn('users', 'email', { ifMissing: 'ignore' }),
  'options that are a list': (g) => g.safeDropColumn('users', 'email', []),
  'options that are a text': (g) => g.safeDropColumn('users', 'email', 'cascade'),
  'no table': (g) => g.safeCreateTable('users'),
  'an empty table': (g) => g.safeCreateTable('users', ' '),
  'a table with another statement': (g) => g.safeCreateTable('users', 'id integer); DROP TABLE users; --'),
  'a table with an unknown option': (g) => g.safeCreateTable('users', 'id integer', { completed: true }),
  'complete that is no boolean': (g) => g.safeCreateTable('users', 'id integer', { complete: 'yes' }),
  'a column twice': (g) => g.safeCreateTable('users', 'id integer, email text, id text'),
  'two primary keys': (g) => g.safeCreateTable('users', 'id integer PRIMARY KEY, PRIMARY KEY (id)'),
  'a key without its column': (g) => g.safeCreateTable('users', 'id integer, UNIQUE (email)'),
  'no definition': (g) => g.safeAddColumn('users', 'a'),
  'an empty definition': (g) => g.safeAddColumn('users', 'a', ' '),
  'two definitions in one': (g) => g.safeAddColumn('users', 'a', 'text, DROP COLUMN email'),
  'a definition with another statement': (g) => g.safeAddColumn('users', 'a', 'text; DROP TABLE users'),
  'several definitions that are a list': (g) => g.safeAddColumn('users', ['text', 'integer']),
  'allowRows that is no boolean': (g) => g.safeDropTable('users', { allowRows: 'yes' }),
  'a table renamed into another schema': (g) => g.safeRenameTable('app.invoices', 'public.bills'),
  'a table renamed into a schema that it may not be in': (g) => g.safeRenameTable('users', 'app.people'),
  'a table renamed to its own name': (g) => g.safeRenameTable('users', 'users'),
  'a table and its view in two schemas': (g) => g.safeExpandTableRename('app.users', 'public.people'),
  'a view that is to have the name of its table': (g) => g.safeContractTableRename('users', 'users'),
  'a column renamed to its own name': (g) => g.safeRenameColumn('users', 'email', 'email'),
  'a column renamed to its own name, as it is cut': (g) => g.safeRenameColumn('users', 'e'.repeat(63), 'e'.repeat(64)),
  'no default': (g) => g.safeSetDefault('users', 'email'),
  'an empty default': (g) => g.safeSetDefault('users', 'email', ' '),
  'a default that is a comment': (g) => g.safeSetDefault('users', 'email', '-- none'),
  'a default that is no text': (g) => g.safeSetDefault('users', 'email', 5),
  'a default with NUL': (g) => g.safeSetDefault('users', 'email', "'\0'"),
  'a default with another statement': (g) => g.safeSetDefault('users', 'email', "'a'; DROP TABLE users"),
  'a default with another action': (g) => g.safeSetDefault('users', 'email', "'a', DROP COLUMN email"),
  'a default that ends what is around it': (g) => g.safeSetDefault('users', 'email', "'a'), (DROP"),
  'no columns': (g) => g.safeCreateIndex('users', []),
  'the same column twice': (g) => g.safeCreateUniqueConstraint('users', ['email', 'email']),
  'columns that are a text': (g) => g.safeCreateUniqueConstraint('users', 'email'),
  'an index column that is nothing': (g) => g.safeCreateIndex('users', [{}]),
  'an order that is none': (g) => g.safeCreateIndex('users', [{ column: 'email', order: 'desc; drop table users' }]),
  'nulls that are none': (g) => g.safeCreateIndex('users', [{ column: 'email', nulls: 'middle' }]),
  'an operator class with half a schema': (g) =>
    g.safeCreateIndex('users', [{ column: 'email', opclass: '.text_ops' }]),
  'a drop that cascades': (g) => g.safeDropIndex('users_email', { cascade: true }),
  'an empty predicate': (g) => g.safeCreateIndex('users', ['email'], { where: '' }),
  'a predicate with NUL': (g) => g.safeCreateIndex('users', ['email'], { where: "email = '\0'" }),
  'unique that is no boolean': (g) => g.safeCreateIndex('users', ['email'], { unique: 'yes' }),
  'a storage parameter with NUL': (g) => g.safeCreateIndex('users', ['email'], { with: { 'fill\0factor': 70 } }),
  'an onDelete that is more': (g) =>
    g.safeAddForeignKey('users', ['id'], { ...REFERENCES, onDelete: 'cascade; drop table x' }),
  'an onUpdate that is none': (g) => g.safeAddForeignKey('users', ['id'], { ...REFERENCES, onUpdate: 'delete' }),
  'an onDelete that is no text': (g) => g.safeAddForeignKey('users', ['id'], { ...REFERENCES, onDelete: 5 }),
  'a match that is none': (g) => g.safeAddForeignKey('users', ['id'], { ...REFERENCES, match: 'partial' }),
  'a deferrable that is none': (g) => g.safeAddForeignKey('users', ['id'], { ...REFERENCES, deferrable: 'later' }),
  'no references': (g) => g.safeAddForeignKey('users', ['id'], {}),
  'no options of a foreign key': (g) => g.safeAddForeignKey('users', ['id']),
  'more columns than references': (g) => g.safeAddForeignKey('users', ['id', 'email'], REFERENCES),
  'a unique deferrable that is none': (g) => g.safeCreateUniqueConstraint('users', ['id'], { deferrable: 'maybe' }),
  'no columns for a primary key': (g) => g.safeAddPrimaryKey('users', []),
  'an exclusion of nothing': (g) => g.safeCreateExclusionConstraint('users', 'a', { elements: [] }),
  'an exclusion without options': (g) => g.safeCreateExclusionConstraint('users', 'a'),
  'an element of nothing': (g) => g.safeCreateExclusionConstraint('users', 'a', { elements: [{ with: '=' }] }),
  'an element of both': (g) =>
    g.safeCreateExclusionConstraint('users', 'a', { elements: [{ column: 'a', expression: 'b', with: '=' }] }),
  'a word for an operator': (g) => excludeWith(g, 'OVERLAPS'),
  'an operator that ends the statement': (g) => excludeWith(g, '=); DROP TABLE users; --'),
  'an operator that is a comment': (g) => excludeWith(g, '--'),
  'an operator that begins one': (g) => excludeWith(g, '=/*'),
  'an operator of two schemas': (g) => excludeWith(g, 'a.b.='),
  'no operator': (g) => excludeWith(g, undefined),
  'an exclusion with an empty predicate': (g) =>
    g.safeCreateExclusionConstraint('users', 'a', { ...EXCLUSION, where: ' ' }),
  'an exclusion deferrable that is none': (g) =>
    g.safeCreateExclusionConstraint('users', 'a', { ...EXCLUSION, deferrable: 'maybe' }),
  'NULLs that are a text': (g) => g.safeCreateUniqueConstraint('users', ['id'], { nullsNotDistinct: 'yes' }),
  'a check that ends its statement': (g) => g.safeCreateCheckConstraint('users', 'a', 'true); DROP TABLE users; --'),
  'a predicate that ends its statement': (g) => g.safeCreateIndex('users', ['id'], { where: 'true); COMMIT; --' }),
  'a key that is two': (g) => g.safeCreateIndex('users', [{ expression: 'id, email' }]),
  'a conversion that ends its statement': (g) => g.safeChangeColumn('users', 'id', 'text', { using: 'id; COMMIT' }),
  'a condition that ends its statement': (g) =>
    g.backfill('users', { set: { email: 'a' }, where: 'true; DROP TABLE users' }),
  'a view with a check option': (g) => g.safeCreateView('v', 'SELECT 1 AS a WITH LOCAL CHECK OPTION'),
  'an empty check': (g) => g.safeCreateCheckConstraint('users', 'a', ''),
  'a check with NUL': (g) => g.safeCreateCheckConstraint('users', 'a', "email <> '\0'"),
  'a check that is an object': (g) => g.safeCreateCheckConstraint('users', { name: 'a', expression: 'true' }),
  'another onViolation of a check': (g) => g.safeCreateCheckConstraint('users', 'a', 'true', { onViolation: 'ignore' }),
  'another onViolation of a key': (g) => g.safeAddForeignKey('users', ['id'], { ...REFERENCES, onViolation: 'skip' }),
  'another onViolation of a validation': (g) => g.safeValidateConstraint('users', 'a', { onViolation: true }),
  'a constraint renamed to itself': (g) => g.safeRenameConstraint('users', 'a', 'a'),
  'a constraint renamed to itself by its first 63 bytes': (g) =>
    g.safeRenameConstraint('users', 'a'.repeat(63), 'a'.repeat(70)),
  'a comment with NUL': (g) => g.safeSetComment('users', 'email', 'a\0b'),
  'a comment that is no text': (g) => g.safeSetComment('users', 'email', 5),
  'no comment': (g) => g.safeSetComment('users', 'email'),
  'enum values that are a text': (g) => g.safeCreateEnum('status', 'abc'),
  'no enum values': (g) => g.safeCreateEnum('status'),
  'an enum value twice': (g) => g.safeCreateEnum('status', ['a', 'a']),
  'an enum value with NUL': (g) => g.safeAddEnumValue('status', 'a\0'),
  'an enum value that is no text': (g) => g.safeAddEnumValue('status', 5),
  'both neighbours': (g) => g.safeAddEnumValue('status', 'b', { before: 'a', after: 'a' }),
  'a value renamed to itself': (g) => g.safeRenameEnumValue('status', 'a', 'a'),
  'no new label': (g) => g.safeRenameEnumValue('status', 'a'),
  'a value replaced by itself': (g) => g.safeRemoveEnumValue('status', 'a', { replaceWith: 'a' }),
  'a value replaced by a number': (g) => g.safeRemoveEnumValue('status', 'a', { replaceWith: 1 }),
  'a check without values': (g) => g.safeConvertEnumToCheck('users', 'email', { values: [] }),
  'values of a check that come twice': (g) => g.safeConvertEnumToCheck('users', 'email', { values: ['a', 'a'] }),
  'its own neighbour': (g) => g.safeAddEnumValue('status', 'b', { after: 'b' }),
  'a trigger with its table': (g) => g.safeCreateTrigger('users', 'a', 'BEFORE UPDATE ON users EXECUTE FUNCTION a()'),
  'a trigger without a function': (g) => g.safeCreateTrigger('users', 'a', 'BEFORE UPDATE FOR EACH ROW'),
  'a trigger and more': (g) => g.safeCreateTrigger('users', 'a', `${TRIGGER}; DROP TABLE users`),
  'a whole CREATE TRIGGER': (g) => g.safeCreateTrigger('users', 'a', `CREATE TRIGGER a ${TRIGGER}`),
  'a constraint that is no boolean': (g) => g.safeCreateTrigger('users', 'a', TRIGGER, { constraint: 'yes' }),
  'a force that is no boolean': (g) => g.safeEnableRowLevelSecurity('users', { force: 'yes' }),
  'no policy': (g) => g.safeCreatePolicy('users', 'a'),
  'a policy without a condition': (g) => g.safeCreatePolicy('users', 'a', { for: 'select' }),
  'a policy for nothing': (g) => g.safeCreatePolicy('users', 'a', { for: 'truncate', using: 'true' }),
  'a policy that is neither': (g) => g.safeCreatePolicy('users', 'a', { as: 'strict', using: 'true' }),
  'using for insert': (g) => g.safeCreatePolicy('users', 'a', { for: 'insert', using: 'true' }),
  'withCheck for select': (g) => g.safeCreatePolicy('users', 'a', { for: 'select', using: 'true', withCheck: 'true' }),
  'a policy to nobody': (g) => g.safeCreatePolicy('users', 'a', { to: [], using: 'true' }),
  'two statements in a condition': (g) => g.safeCreatePolicy('users', 'a', { using: 'true); COMMIT; SELECT (1' }),
  'a privilege that there is none of': (g) => g.safeGrant('users', 'read', 'a'),
  'a privilege of another kind': (g) => g.safeGrant('users', 'usage', 'a'),
  'no privilege': (g) => g.safeGrant('users', [], 'a'),
  'a privilege twice': (g) => g.safeGrant('users', ['select', 'select'], 'a'),
  'all and one more': (g) => g.safeGrant('users', ['all', 'select'], 'a'),
  'a privilege that no column has': (g) => g.safeGrant('users', 'delete', 'a', { columns: ['b'] }),
  'columns of a sequence': (g) => g.safeGrant('users', 'select', 'a', { on: 'sequence', columns: ['b'] }),
  'privileges on nothing known': (g) => g.safeGrant('users', 'all', 'a', { on: 'database' }),
  'privileges for nobody': (g) => g.safeGrant('users', 'select', []),
  'a grant option for all': (g) => g.safeGrant('users', 'select', 'public', { withGrantOption: true }),
  'a grant option that is no boolean': (g) => g.safeGrant('users', 'select', 'a', { withGrantOption: 1 }),
  'a function without its arguments': (g) => g.safeGrant('touch', 'execute', 'a', { on: 'function' }),
  'no query': (g) => g.safeCreateView('a'),
  'two queries': (g) => g.safeCreateView('a', 'SELECT 1; COMMIT; DROP TABLE users'),
  'a query that does not end': (g) => g.safeCreateView('a', "SELECT 'a"),
  'a replace that is no boolean': (g) => g.safeCreateView('a', 'SELECT 1', { replace: 1 }),
  'a function without parentheses': (g) => g.safeCreateFunction('touch', 'RETURNS trigger'),
  'a function with more behind': (g) => g.safeCreateFunction('touch() RETURNS trigger', 'LANGUAGE sql'),
  'a function with two lists': (g) => g.safeDropFunction('touch() (integer)'),
  'a function without a name': (g) => g.safeDropFunction('(integer)'),
  'a function with a copied type': (g) => g.safeCreateFunction('a(b users.email%TYPE)', 'RETURNS text'),
  'a function and more': (g) => g.safeCreateFunction('a()', 'RETURNS integer; DROP TABLE users'),
  'no definition of a function': (g) => g.safeCreateFunction('a()'),
  'a number of a sequence that is none': (g) => g.safeCreateSequence('a', { start: '1; DROP TABLE users' }),
  'a number that is not safe': (g) => g.safeCreateSequence('a', { maxValue: 2 ** 60 }),
  'a type of a sequence that is none': (g) => g.safeCreateSequence('a', { as: 'text' }),
  'no rows': (g) => g.seed('users', undefined, { key: 'id' }),
  'a seed without a key': (g) => g.seed('users', [{ id: 1 }]),
  'a row without its key': (g) => g.seed('users', [{ email: 'a' }], { key: 'id' }),
  'a row whose key is null': (g) => g.seed('users', [{ id: null }], { key: 'id' }),
  'the same key twice': (g) => g.seed('users', [{ id: 1 }, { id: '1' }], { key: 'id' }),
  'a value that is undefined': (g) => g.seed('users', [{ id: 1, email: undefined }], { key: 'id' }),
  'a value of a seed with NUL': (g) => g.seed('users', [{ id: 1, email: 'a\0' }], { key: 'id' }),
  'no options of a backfill': (g) => g.backfill('users'),
  'nothing to set': (g) => g.backfill('users', { set: {} }),
  'a set that is a text': (g) => g.backfill('users', { set: 'email = null' }),
  'a value with NUL': (g) => g.backfill('users', { set: { email: 'a\0' } }),
  'an empty condition': (g) => g.backfill('users', { set: { email: 'a' }, where: {} }),
  'a condition with NUL': (g) => g.backfill('users', { set: { email: 'a' }, where: { email: '\0' } }),
  'a batch of none': (g) => g.backfill('users', { set: { email: 'a' }, batchSize: 0 }),
  'half a millisecond': (g) => g.backfill('users', { set: { email: 'a' }, pauseMs: 0.5 }),
  'orphans of nothing': (g) => g.findOrphans('users', 'id'),
  'a limit that is none': (g) =>
    g.findOrphans('users', 'id', { references: { table: 'users', column: 'id' }, limit: -1 }),
  'an unknown option of orphans': (g) =>
    g.findOrphans('users', 'id', { references: { table: 'users', column: 'id' }, columns: ['id'] }),
  'candidates that are a text': (g) => g.detectPkColumn('users', { candidates: 'id' }),
  'another preference': (g) => g.detectPkColumn('users', { prefer: 'candidate' }),
  'an unknown option of detectPkColumn': (g) => g.detectPkColumn('users', { candidate: ['id'] }),
  'a column without its table': (g) => g.when({ column: 'a' }, () => undefined),
};

describe('refused before anything is sent:', () => {
  test.each(Object.entries(WRONG))('%s', async (_what, call) => {
    expect(await refused(call)).not.toBe('');
  });

  test.each([
    ['a pool', () => new pg.Pool()],
    ['undefined', () => undefined],
    ['null', () => null],
    ['a connection string', () => 'postgres://localhost/x'],
    ['an object', () => ({})],
  ])('%s in place of a client', (_what, make) => {
    expect(() => guard(make() as unknown as PgClient)).toThrow(expect.objectContaining({ code: 'HF_ARGUMENT' }));
  });

  test.each([{ lockTimeoutMs: 0 }, { mode: 'dry' }, { unknown: 1 }, null])('the options %j', (options) => {
    expect(() => guard(client, options as unknown as GuardOptions)).toThrow(
      expect.objectContaining({ code: 'HF_ARGUMENT' }),
    );
  });

  test('a client that nobody has connected, which would wait for ever', async () => {
    const late = new pg.Client({ connectionString: db.url() });
    const g = guard(late);
    expect(await errorOf(g.tableExists('users'))).toMatchObject({ code: 'HF_ARGUMENT', target: 'Client' });
    const connecting = late.connect();
    expect(await g.tableExists('users')).toBe(true);
    await connecting;
    await late.end();
  });

  test('the hint for a pool is how to get a client', () => {
    expect(() => guard(new pg.Pool() as unknown as PgClient)).toThrowErrorMatchingInlineSnapshot(`
      [InvalidArgumentError: guard: Pool: this is a pool: each statement could run on another connection.
      Nothing was changed.
      Pass one client of the pool:
        const client = await pool.connect();
        try { … guard(client) … } finally { client.release(); }]
    `);
  });
});

test('a failed transaction is refused without a statement', async () => {
  const client = await db.connect();
  await client.query('BEGIN');
  await errorOf(client.query('SELECT 1 / 0'));
  await client.query(''); // the driver rejects before it hears what has become of the transaction
  const count = countQueries(client);
  for (const call of [(g: Guard) => g.safeAddColumn('users', 'a', 'text'), (g: Guard) => g.tableExists('users')]) {
    expect(await errorOf(call(guard(client)))).toMatchObject({ code: 'HF_REFUSED', hint: 'ROLLBACK, then run again.' });
  }
  expect(count.sent).toBe(0);
});

test('a table that does not exist comes with the names that look like it, and changes nothing', async () => {
  const client = await db.connect();
  await client.query('BEGIN');
  for (const [asked, near] of [
    ['user', 'public.users'],
    ['Users', 'public.users'],
    ['invoices', 'app.invoices'],
    ['app.invoice', 'app.invoices'],
  ] as const) {
    const error = await errorOf(guard(client).safeAddColumn(asked, 'a', 'text'));
    expect(error).toMatchObject({
      code: 'HF_PREREQUISITE',
      left: 'Nothing was changed.',
      missing: [{ kind: 'table', name: asked, nearMisses: [near] }],
    });
  }
  const skipped = guard(client).safeAddColumn('user', 'a', 'text', { ifMissing: 'skip' });
  expect(await skipped).toMatchObject({ status: 'skipped', reason: 'missing: table user' });
  expect(await one(client, 'SELECT 1')).toBe(1);
  await client.query('COMMIT');
});

function excludeWith(g: Loose, operator: unknown): Promise<unknown> {
  return g.safeCreateExclusionConstraint('users', 'a', { elements: [{ column: 'a', with: operator }] });
}
