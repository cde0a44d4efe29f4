/** Whoever has made a table by the host itself takes safeCreateTable over it: it is unchanged. And what safeCreateTable makes is the same. */
import * as core from '@holdfast/core';
import * as knexAdapter from '@holdfast/knex';
import * as typeormAdapter from '@holdfast/typeorm';
import type { Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execute, readCatalog } from '../support/catalog.js';
import { createDatabase, type Database } from '../support/database.js';
import { type HostName, type OpenHost, openHost } from '../support/hosts.mjs';
import { serverFor } from '../support/server.js';

const SETUP = `
  CREATE TABLE orgs (id integer PRIMARY KEY, code text UNIQUE, region text, UNIQUE (id, region));
  CREATE TYPE mood AS ENUM ('sad', 'happy');
  CREATE SCHEMA app;
  CREATE TYPE app.mood AS ENUM ('sad', 'happy');
  CREATE TABLE typeorm_metadata (type text NOT NULL, database text, schema text, "table" text, name text, value text);`;

/** Takes a table back, with the types that came along with it. */
const CLEAN = `DO $$ DECLARE made regtype; BEGIN
  DROP TABLE IF EXISTS things, app.things;
  FOR made IN SELECT oid FROM pg_type WHERE typtype = 'e' AND typname <> 'mood' LOOP EXECUTE format('DROP TYPE %s', made); END LOOP;
END $$`;

const LONG = 'a_name_that_is_as_long_as_a_name_may_be_and_then_some_more_of_it';

/** Tables as Knex projects write them. */
const KNEX: Readonly<Record<string, (t: Knex.CreateTableBuilder, knex: Knex, name: string) => void>> = {
  'key and timestamps': (t) => {
    t.increments();
    t.timestamps();
  },
  'uuid key, timestamps with defaults': (t, knex) => {
    t.uuid('id').primary().defaultTo(knex.raw('gen_random_uuid()'));
    t.timestamps(true, true);
    t.timestamp('seen_at', { precision: 3 }).defaultTo(knex.fn.now(3));
  },
  'many types': (t, knex) => {
    t.bigIncrements('id');
    t.string('name').notNullable();
    t.string('code', 7).nullable().defaultTo("it's");
    t.text('body');
    t.boolean('active').notNullable().defaultTo(true);
    t.integer('age').unsigned().defaultTo(-1);
    t.bigInteger('big');
    t.smallint('small');
    t.float('ratio');
    t.double('exact');
    t.decimal('price', 12, 3).defaultTo(1.5);
    t.decimal('plain');
    t.date('born');
    t.time('at');
    t.binary('data');
    t.json('raw');
    t.jsonb('doc').notNullable().defaultTo('{}');
    t.specificType('tags', 'text[]').defaultTo('{}');
    t.specificType('ip', 'inet');
    t.specificType('mail', 'varchar(50) COLLATE "C"');
    t.specificType('mood', 'mood').defaultTo('sad');
    t.datetime('made', { useTz: false }).defaultTo(knex.fn.now());
  },
  'keys, constraints and indexes': (t, knex) => {
    t.integer('org_id').notNullable().references('id').inTable('orgs').onDelete('CASCADE').onUpdate('RESTRICT').index();
    t.text('org_code').references('orgs.code').withKeyName('by_code').deferrable('deferred');
    t.text('region');
    t.string('slug').unique().comment('of the page');
    t.string('title').index('by_title');
    t.primary(['org_id', 'slug']);
    t.unique(['slug', 'title'], { indexName: 'slug_and_title', deferrable: 'immediate' });
    t.unique(['title'], { predicate: knex.whereNotNull('region') as never });
    t.index(['region', 'title'], 'by_both', { indexType: 'btree' });
    t.index([knex.raw('lower(title)') as never], 'by_lower');
    t.foreign(['org_id', 'region']).references(['id', 'region']).inTable('orgs');
    t.comment('all of them');
  },
  'checks and enums': (t) => {
    t.increments('id', { primaryKey: false });
    t.enu('state', ['open', 'paid', "don't know".replace("'", "''")])
      .notNullable()
      .defaultTo('open');
    t.enu('kind', ['a', 'b'], { useNative: true, enumName: 'kinds' });
    t.enu('old', null, { useNative: true, existingType: true, enumName: 'mood' });
    t.integer('amount').checkPositive();
    t.integer('rest').checkNegative('rest_is_negative');
    t.string('iso').checkIn(['DE', 'FR']).checkLength('=', 2);
    t.integer('part').checkBetween([0, 100]);
    t.check('amount > ??', ['rest']);
    t.check("iso <> 'XX' or amount > 10");
    t.check('part < ?', [200], 'part_small');
  },
  'to itself': (t, _knex, name) => {
    t.increments('id');
    t.integer('parent_id').references('id').inTable(name).onDelete('SET NULL');
  },
  'in mixed case': (t) => {
    t.increments('theId');
    t.string('Full Name').unique();
    t.integer('orgId').references('id').inTable('orgs').index();
    t.check('"theId" > 0');
  },
  'with long names': (t) => {
    t.increments(LONG);
    t.string(`x_${LONG}`).unique();
    t.integer(`y_${LONG}`).references('id').inTable('orgs').index();
    t.enu(`z_${LONG}`, ['a', 'b']);
  },
  'very wide': (t) => {
    t.increments('id');
    for (let i = 0; i < 120; i += 1) t.string(`column_${i}`, i + 1).defaultTo(String(i));
  },
};

/** Tables as TypeORM's migration:generate and people write them. */
const TYPEORM: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'many types': {
    columns: [
      { name: 'id', type: 'bigint', isPrimary: true, isGenerated: true, generationStrategy: 'increment' },
      { name: 'name', type: 'varchar', isNullable: true },
      { name: 'code', type: 'varchar', length: '7', default: "'it''s'" },
      { name: 'active', type: 'boolean', default: true },
      { name: 'price', type: 'decimal', precision: 12, scale: 3, default: 1.5 },
      { name: 'doc', type: 'jsonb', default: "'{}'" },
      { name: 'tags', type: 'text', isArray: true, default: "'{}'" },
      { name: 'made', type: 'timestamp with time zone', precision: 3, default: 'CURRENT_TIMESTAMP' },
      { name: 'seen', type: 'timestamp', default: 'now()', isNullable: true },
      { name: 'mood', type: 'mood', default: "'sad'" },
      { name: 'full', type: 'varchar', generatedType: 'STORED', asExpression: "coalesce(name, '') || code" },
      { name: 'ident', type: 'int', isGenerated: true, generationStrategy: 'identity', generatedIdentity: 'ALWAYS' },
    ],
  },
  'keys, constraints and indexes': {
    columns: [
      { name: 'org_id', type: 'int', isPrimary: true },
      { name: 'slug', type: 'varchar', isPrimary: true, comment: "of the author's page" },
      { name: 'title', type: 'varchar', isUnique: true },
      { name: 'region', type: 'text', isNullable: true },
      { name: 'status', type: 'enum', enum: ['open', "don't know"], default: "'open'" },
      { name: 'kind', type: 'enum', enum: ['a', 'b'], enumName: 'kinds' },
    ],
    comment: 'all of them',
    foreignKeys: [
      {
        columnNames: ['org_id'],
        referencedTableName: 'orgs',
        referencedColumnNames: ['id'],
        onDelete: 'CASCADE',
        onUpdate: 'NO ACTION',
        deferrable: 'INITIALLY DEFERRED',
      },
      {
        name: 'own',
        columnNames: ['org_id', 'region'],
        referencedTableName: 'orgs',
        referencedColumnNames: ['id', 'region'],
      },
    ],
    uniques: [
      { columnNames: ['slug', 'title'] },
      { name: 'late', columnNames: ['title', 'org_id'], deferrable: 'INITIALLY IMMEDIATE' },
    ],
    checks: [{ expression: `"title" <> 'x'` }, { name: 'short', expression: 'length(slug) < 10' }],
    indices: [
      { columnNames: ['title'], where: 'region IS NOT NULL' },
      { name: 'by_both', columnNames: ['region', 'title'], isUnique: true },
    ],
  },
  'to itself, in mixed case': {
    columns: [
      {
        name: 'theId',
        type: 'uuid',
        isPrimary: true,
        default: 'gen_random_uuid()',
        primaryKeyConstraintName: 'The Key',
      },
      { name: 'parentId', type: 'uuid', isNullable: true },
    ],
    foreignKeys: [{ columnNames: ['parentId'], referencedTableName: 'SELF', referencedColumnNames: ['theId'] }],
    indices: [{ columnNames: ['parentId'] }],
  },
};

interface Maker {
  readonly raw: (host: OpenHost, name: string) => Promise<unknown>;
  readonly safe: (host: OpenHost, name: string) => Promise<core.Outcome>;
}

function byKnex(build: (t: Knex.CreateTableBuilder, knex: Knex, name: string) => void): Maker {
  const on = (host: OpenHost): Knex => host.native as Knex;
  return {
    raw: (host, name) => schemaOf(on(host), name).createTable(last(name), (t) => build(t, on(host), name)),
    safe: (host, name) => host.guard().safeCreateTable(name, (t: Knex.CreateTableBuilder) => build(t, on(host), name)),
  };
}

function schemaOf(knex: Knex, name: string): Knex.SchemaBuilder {
  return name.includes('.') ? knex.schema.withSchema(name.split('.')[0] as string) : knex.schema;
}

const last = (name: string): string => name.split('.').at(-1) as string;

function byTypeorm(options: Readonly<Record<string, unknown>>): Maker {
  const make = async (host: OpenHost, name: string): Promise<unknown> => {
    const { Table } = (await import(host.name === 'typeorm-0.3' ? 'typeorm-0.3' : 'typeorm')) as {
      Table: new (options: unknown) => unknown;
    };
    return new Table({ ...JSON.parse(JSON.stringify(options).replaceAll('SELF', name)), name });
  };
  return {
    raw: async (host, name) =>
      (host.native as { createTable(table: unknown): Promise<void> }).createTable(await make(host, name)),
    safe: async (host, name) => host.guard().safeCreateTable(await make(host, name)),
  };
}

const HOSTS: readonly { readonly hostName: HostName; readonly makers: Readonly<Record<string, Maker>> }[] = [
  { hostName: 'knex', makers: mapValues(KNEX, byKnex) },
  { hostName: 'typeorm-0.3', makers: mapValues(TYPEORM, byTypeorm) },
  { hostName: 'typeorm-1', makers: mapValues(TYPEORM, byTypeorm) },
];

function mapValues<T, U>(of: Readonly<Record<string, T>>, make: (value: T) => U): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, make(value)]));
}

describe.each(HOSTS)('$hostName', ({ hostName, makers }) => {
  let database: Database;
  let host: OpenHost;
  beforeAll(async () => {
    database = await createDatabase(serverFor());
    await execute(database.url, SETUP);
    host = await openHost(hostName, { core, knex: knexAdapter, typeorm: typeormAdapter }, database.url, 'none');
  });
  afterAll(async () => {
    await host.close();
    await database.drop();
  });

  const tables = Object.keys(makers).flatMap((title) => ['things', 'app.things'].map((name) => ({ title, name })));
  test.each(tables)('$title: $name', async ({ title, name }) => {
    const { raw, safe } = makers[title] as Maker;
    const look = (): Promise<readonly string[]> => readCatalog(database.url);
    await execute(database.url, CLEAN);
    await raw(host, name);
    const made = await look();
    const adopted = await safe(host, name);
    expect(adopted).toMatchObject({ status: 'unchanged' });
    expect(adopted.reason).toBeUndefined();
    expect(await look()).toEqual(made);
    await execute(database.url, CLEAN);
    expect(await safe(host, name)).toMatchObject({ status: 'applied' });
    expect(await look()).toEqual(made);
    expect(await safe(host, name)).toMatchObject({ status: 'unchanged' });
  });
});
