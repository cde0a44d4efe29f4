/** Calls of TypeORM's own methods, for comparing what the stock runner and the guarded one make of them. */
import type { QueryRunner, TableColumnOptions } from 'typeorm';
import type { Typeorm } from './majors.js';

/** `users` has plain columns. What TypeORM derives from names stands on `accounts`, which is the same otherwise. */
export const SETUP = `
  CREATE FUNCTION uuid_generate_v4() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()';
  CREATE TABLE typeorm_metadata (type varchar NOT NULL, database varchar, schema varchar, "table" varchar, name varchar, value text);
  CREATE TABLE orgs (id integer PRIMARY KEY, name text);
  ${tableOf('users')} ${tableOf('accounts')}
  COMMENT ON TABLE users IS 'people';
  COMMENT ON COLUMN users.note IS 'free text';
  CREATE SCHEMA app;
  CREATE TABLE app.things (id integer, label text);
  INSERT INTO orgs VALUES (1, 'one');`;

function tableOf(name: string): string {
  return `
  CREATE TYPE ${name}_status_enum AS ENUM ('new', 'active', 'gone');
  CREATE TABLE ${name} (
    id serial, name varchar(50) NOT NULL DEFAULT 'x', note text, org_id integer, age integer, price numeric(10, 2),
    status ${name}_status_enum NOT NULL DEFAULT 'new', key uuid, a integer, b integer, total integer GENERATED ALWAYS AS (a + b) STORED);
  INSERT INTO typeorm_metadata VALUES ('GENERATED_COLUMN', current_database(), 'public', '${name}', 'total', 'a + b');`;
}

export async function giveNames(
  { TableForeignKey, TableIndex, TableUnique }: Typeorm,
  runner: QueryRunner,
): Promise<void> {
  await runner.createPrimaryKey('accounts', ['id']);
  await runner.createUniqueConstraint('accounts', new TableUnique({ columnNames: ['name'] }));
  await runner.createUniqueConstraint('accounts', new TableUnique({ columnNames: ['a', 'b'] }));
  await runner.createIndex('accounts', new TableIndex({ columnNames: ['name', 'age'] }));
  await runner.createIndex('accounts', new TableIndex({ columnNames: ['age'], where: '(age > 1)' }));
  await runner.createIndex('accounts', new TableIndex({ name: 'by_note', columnNames: ['note'] }));
  const key = { columnNames: ['org_id'], referencedTableName: 'orgs', referencedColumnNames: ['id'] };
  await runner.createForeignKey('accounts', new TableForeignKey(key));
}

export interface Case {
  readonly name: string;
  /** SQL before the call. */
  readonly before?: string;
  call(q: QueryRunner, typeorm: Typeorm): Promise<unknown>;
}

const NAME: TableColumnOptions = { name: 'name', type: 'varchar', length: '50', default: "'x'" };
const STATUS: TableColumnOptions = {
  name: 'status',
  type: 'enum',
  enum: ['new', 'active', 'gone'],
  enumName: 'users_status_enum',
  default: "'new'",
};

type Loose = { readonly [K in keyof TableColumnOptions]?: TableColumnOptions[K] | undefined };

/** changeColumn from one definition to another, both objects. */
function change(
  name: string,
  from: TableColumnOptions,
  to: Loose,
  { table = 'users', ...more }: { readonly table?: string; readonly before?: string } = {},
): Case {
  return {
    name: `changeColumn: ${name}`,
    call: (q, { TableColumn }) =>
      q.changeColumn(table, new TableColumn(from), new TableColumn({ ...from, ...to } as TableColumnOptions)),
    ...more,
  };
}

const tables: readonly Case[] = [
  { name: 'createSchema', call: (q) => q.createSchema('shop', true) },
  { name: 'createSchema of a path', call: (q) => q.createSchema('db.shop', true) },
  { name: 'dropSchema', before: 'CREATE SCHEMA old', call: (q) => q.dropSchema('old', true) },
  {
    name: 'createTable with everything',
    call: (q, { Table }) =>
      q.createTable(
        new Table({
          name: 'posts',
          comment: 'a table',
          columns: [
            { name: 'id', type: 'bigint', isPrimary: true, isGenerated: true, generationStrategy: 'increment' },
            { name: 'title', type: 'varchar', length: '80', isUnique: true, comment: 'shown' },
            { name: 'kind', type: 'enum', enum: ['a', "b's"], default: "'a'" },
            { name: 'user_id', type: 'int', isNullable: true },
            { name: 'twice', type: 'int', asExpression: 'user_id * 2', generatedType: 'STORED', isNullable: true },
          ],
          indices: [{ columnNames: ['user_id'] }],
          uniques: [{ columnNames: ['title', 'user_id'] }],
          checks: [{ expression: 'user_id > 0' }],
          exclusions: [{ expression: 'USING btree (user_id WITH =)' }],
          foreignKeys: [{ columnNames: ['user_id'], referencedTableName: 'orgs', referencedColumnNames: ['id'] }],
        }),
        true,
      ),
  },
  {
    name: 'createTable without foreign keys and indices',
    call: (q, { Table }) =>
      q.createTable(
        new Table({
          name: 'app.posts',
          columns: [{ name: 'id', type: 'int', isPrimary: true, primaryKeyConstraintName: 'own' }],
          indices: [{ columnNames: ['id'] }],
          foreignKeys: [{ columnNames: ['id'], referencedTableName: 'orgs', referencedColumnNames: ['id'] }],
        }),
        true,
        false,
        false,
      ),
  },
  { name: 'dropTable', call: (q) => q.dropTable('accounts', true) },
  { name: 'renameTable', call: (q) => q.renameTable('accounts', 'people') },
  { name: 'renameTable in a schema', call: (q) => q.renameTable('app.things', 'objects') },
  { name: 'changeTableComment', call: (q) => q.changeTableComment('users', "people's") },
  { name: 'changeTableComment to none', call: (q) => q.changeTableComment('users', '') },
  {
    name: 'createView with its note',
    call: (q, { View }) => q.createView(new View({ name: 'names', expression: 'SELECT name FROM users' }), true),
  },
  {
    name: 'dropView',
    before: `CREATE VIEW names AS SELECT name FROM users; INSERT INTO typeorm_metadata VALUES ('VIEW', NULL, 'public', NULL, 'names', 'SELECT name FROM users')`,
    call: (q) => q.dropView('names'),
  },
];

const columns: readonly Case[] = [
  {
    name: 'addColumn, unique',
    call: (q, { TableColumn }) =>
      q.addColumn('users', new TableColumn({ name: 'email', type: 'text', isNullable: true, isUnique: true })),
  },
  {
    name: 'addColumn, enum',
    call: (q, { TableColumn }) =>
      q.addColumn('users', new TableColumn({ name: 'Mood', type: 'enum', enum: ['a', 'b'], default: "'a'" })),
  },
  {
    name: 'addColumn, primary, to a table without a key',
    call: (q, { TableColumn }) =>
      q.addColumn('app.things', new TableColumn({ name: 'no', type: 'int', isPrimary: true })),
  },
  {
    name: 'addColumn, primary, to a key',
    before: 'CREATE TABLE pairs (x integer, CONSTRAINT own PRIMARY KEY (x))',
    call: (q, { TableColumn }) => q.addColumn('pairs', new TableColumn({ name: 'y', type: 'int', isPrimary: true })),
  },
  {
    name: 'addColumns',
    call: (q, { TableColumn }) =>
      q.addColumns('users', [
        new TableColumn({ name: 'c', type: 'int', isNullable: true }),
        new TableColumn({ name: 'd', type: 'int', asExpression: 'a * 2', generatedType: 'STORED', isNullable: true }),
      ]),
  },
  {
    name: 'renameColumn, with all that carries a derived name',
    call: async (q) => {
      for (const column of ['name', 'age', 'a', 'org_id', 'note', 'id', 'status'])
        await q.renameColumn('accounts', column, `${column}_new`);
    },
  },
  { name: 'dropColumn, plain', call: (q) => q.dropColumn('users', 'note') },
  { name: 'dropColumn with its index', call: (q) => q.dropColumn('accounts', 'note') },
  { name: 'dropColumn with its foreign key', call: (q) => q.dropColumn('accounts', 'org_id') },
  { name: 'dropColumn with its enum', call: (q) => q.dropColumn('users', 'status') },
  { name: 'dropColumn with its note', call: (q) => q.dropColumn('users', 'total') },
  { name: 'dropColumn with its primary key', call: (q) => q.dropColumn('accounts', 'id') },
  {
    name: 'dropColumn of a composite primary key',
    before: 'CREATE TABLE pairs (x integer, y integer, CONSTRAINT own PRIMARY KEY (x, y))',
    call: (q) => q.dropColumn('pairs', 'x'),
  },
  { name: 'dropColumns', call: (q) => q.dropColumns('users', ['note', 'age']) },
];

const changes: readonly Case[] = [
  change('default', NAME, { default: "'y'" }),
  change('no default', NAME, { default: undefined }),
  change('nullable', NAME, { isNullable: true }),
  change('not nullable', { name: 'age', type: 'int', isNullable: true }, { isNullable: false }),
  change('comment', { name: 'age', type: 'int', isNullable: true }, { comment: "it's" }),
  change('no comment', { name: 'note', type: 'text', isNullable: true, comment: 'free text' }, { comment: undefined }),
  change('unique', NAME, { isUnique: true }),
  change(
    'not unique',
    { ...NAME, isUnique: true },
    { isUnique: false },
    { before: 'ALTER TABLE users ADD UNIQUE (name)' },
  ),
  change('name', NAME, { name: 'title' }, { table: 'accounts' }),
  change('name, default and nullable', NAME, { name: 'title', default: "'y'", isNullable: true }),
  change('precision', { name: 'price', type: 'numeric', precision: 10, scale: 2, isNullable: true }, { precision: 12 }),
  change(
    'primary',
    { name: 'age', type: 'int', isNullable: false },
    { isPrimary: true },
    { before: 'ALTER TABLE users ALTER age SET NOT NULL' },
  ),
  change(
    'primary beside another',
    { name: 'age', type: 'int' },
    { isPrimary: true },
    { before: 'ALTER TABLE accounts ALTER age SET NOT NULL', table: 'accounts' },
  ),
  change('not primary', { name: 'id', type: 'int', isPrimary: true }, { isPrimary: false }, { table: 'accounts' }),
  change(
    'generated uuid',
    { name: 'key', type: 'uuid', isNullable: true },
    { isGenerated: true, generationStrategy: 'uuid' },
  ),
  change(
    'no generated uuid',
    { name: 'key', type: 'uuid', isNullable: true, isGenerated: true, generationStrategy: 'uuid' },
    { isGenerated: false, generationStrategy: undefined },
    { before: 'ALTER TABLE users ALTER key SET DEFAULT gen_random_uuid()' },
  ),
  change(
    'increment',
    { name: 'age', type: 'int', isNullable: true },
    { isGenerated: true, generationStrategy: 'increment' },
  ),
  change(
    'no increment',
    { name: 'id', type: 'int', isGenerated: true, generationStrategy: 'increment' },
    { isGenerated: false, generationStrategy: undefined },
  ),
  change('enum labels removed', STATUS, { enum: ['new', 'active'] }),
  change('enum labels added and removed', STATUS, { enum: ['new', 'active', 'late'], default: "'active'" }),
  change('enum renamed', STATUS, { enumName: 'user_state', enum: ['new', 'active'] }),
  change(
    'no longer generated',
    { name: 'total', type: 'int', isNullable: true, asExpression: 'a + b', generatedType: 'STORED' },
    { asExpression: undefined, generatedType: undefined },
  ),
  {
    name: 'changeColumn by name, only its default',
    call: (q, { TableColumn }) =>
      q.changeColumn('users', 'name', new TableColumn({ ...NAME, type: 'character varying', default: "'z'" })),
  },
  {
    name: 'changeColumn of what getTable has read',

    call: async (q) => {
      const table = await q.getTable('accounts');
      const old = table?.findColumnByName('id') ?? table?.findColumnByName('number');
      if (table === undefined || old === undefined) throw new Error('unreachable');
      const next = old.clone();
      next.comment = 'counted';
      await q.changeColumn(table, old, next);
    },
  },
  {
    name: 'changeColumns',
    call: (q, { TableColumn }) =>
      q.changeColumns('users', [
        { oldColumn: new TableColumn(NAME), newColumn: new TableColumn({ ...NAME, default: "'q'" }) },
        {
          oldColumn: new TableColumn({ name: 'age', type: 'int', isNullable: true }),
          newColumn: new TableColumn({ name: 'age', type: 'int', isNullable: true, default: 7 }),
        },
      ]),
  },
];

const UNIQUE = { columnNames: ['name', 'age'] };
const CHECK = { expression: 'age > 0' };
const SMALL = { name: 'small', expression: 'a < 5' };
const EXCLUSION = { expression: 'USING btree (age WITH =)' };
const KEY = {
  columnNames: ['org_id'],
  referencedTableName: 'orgs',
  referencedColumnNames: ['id'],
  onDelete: 'CASCADE',
};
const INDEX = { columnNames: ['name', 'age'], isUnique: true, where: 'age > 3' };

const NAMED = `ALTER TABLE accounts ADD CONSTRAINT one UNIQUE (key), ADD CONSTRAINT small CHECK (a < 5),
  ADD CONSTRAINT alone EXCLUDE USING btree (age WITH =), ADD CONSTRAINT other FOREIGN KEY (age) REFERENCES orgs`;

const constraints: readonly Case[] = [
  { name: 'createPrimaryKey', call: (q) => q.createPrimaryKey('users', ['id']) },
  { name: 'createPrimaryKey with a name', call: (q) => q.createPrimaryKey('users', ['id'], 'own') },
  {
    name: 'updatePrimaryKeys',

    before: 'ALTER TABLE accounts ALTER age SET NOT NULL',
    call: (q, { TableColumn }) =>
      q.updatePrimaryKeys(
        'accounts',
        ['id', 'age'].map((name) => new TableColumn({ name, type: 'int', isPrimary: true })),
      ),
  },
  { name: 'dropPrimaryKey', call: (q) => q.dropPrimaryKey('accounts') },
  {
    name: 'dropPrimaryKey with a name of its own',
    before: 'ALTER TABLE users ADD CONSTRAINT own PRIMARY KEY (id)',
    call: (q) => q.dropPrimaryKey('users'),
  },
  {
    name: 'createUniqueConstraints, createCheckConstraints, createExclusionConstraints, createForeignKeys, createIndices',
    call: async (q, { TableCheck, TableExclusion, TableForeignKey, TableIndex, TableUnique }) => {
      const late = { name: 'late', columnNames: ['key'], deferrable: 'INITIALLY DEFERRED' };
      await q.createUniqueConstraints('users', [new TableUnique(UNIQUE), new TableUnique(late)]);
      await q.createCheckConstraints('users', [new TableCheck(CHECK), new TableCheck(SMALL)]);
      await q.createExclusionConstraints('users', [new TableExclusion(EXCLUSION)]);
      await q.createForeignKeys('users', [new TableForeignKey(KEY)]);
      await q.createIndices('users', [new TableIndex(INDEX), new TableIndex({ columnNames: ['note'], name: 'Own' })]);
    },
  },
  {
    name: 'dropUniqueConstraints, dropCheckConstraints, dropExclusionConstraints, dropForeignKeys, dropIndices',
    before: NAMED,
    call: async (q, { TableCheck, TableExclusion, TableForeignKey, TableIndex, TableUnique }) => {
      await q.dropUniqueConstraints('accounts', [new TableUnique({ name: 'one', columnNames: ['key'] })]);
      await q.dropCheckConstraints('accounts', [new TableCheck(SMALL)]);
      await q.dropExclusionConstraints('accounts', [new TableExclusion({ name: 'alone', ...EXCLUSION })]);
      await q.dropForeignKeys('accounts', [new TableForeignKey(KEY)]);
      await q.dropIndices('accounts', [new TableIndex({ columnNames: ['name', 'age'] })]);
    },
  },
  {
    name: 'dropUniqueConstraint, dropCheckConstraint, dropExclusionConstraint, dropForeignKey, dropIndex by name',
    before: NAMED,
    call: async (q) => {
      await q.dropUniqueConstraint('accounts', 'one');
      await q.dropCheckConstraint('accounts', 'small');
      await q.dropExclusionConstraint('accounts', 'alone');
      await q.dropForeignKey('accounts', 'other');
      await q.dropIndex('accounts', 'by_note');
    },
  },
];

export const CASES: readonly Case[] = [...tables, ...columns, ...changes, ...constraints];
