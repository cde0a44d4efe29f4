import { guard, type KnexForms } from '@holdfast/knex';
import type { Knex } from 'knex';
import { describe, expect, test } from 'vitest';
import { some } from '../support/breadth.js';
import { readCatalog } from '../support/catalog.js';
import { open } from './open.js';

type Callback = KnexForms['column'];

/** What each form of a column makes: the guarded way must leave the same catalog as Knex's own `alterTable`. */
const FORMS: Readonly<Record<string, (db: Knex) => Callback>> = {
  'string with length, default and NOT NULL': () => (t) => t.string('email', 100).notNullable().defaultTo(''),
  'string without length': () => (t) => t.string('email'),
  'text with a quote in its default': () => (t) => t.text('title').defaultTo("it's"),
  'text with a backslash in its default': () => (t) => t.text('title').defaultTo('a\\b'),
  'text with an empty default': () => (t) => t.text('title').notNullable().defaultTo(''),
  'integer, unsigned': () => (t) => t.integer('age').unsigned().notNullable().defaultTo(0),
  'every kind of number': () => (t) => {
    t.tinyint('a');
    t.smallint('b');
    t.bigInteger('c').defaultTo(-1);
    t.decimal('d', 12, 3).defaultTo(1.5);
    t.float('e').defaultTo(0.5);
    t.double('f').defaultTo(2);
    t.decimal('g');
  },
  'boolean with a default': () => (t) => {
    t.boolean('active').notNullable().defaultTo(true);
    t.boolean('banned').defaultTo(false);
  },
  'dates and times': (db) => (t) => {
    t.date('a').defaultTo(db.raw('current_date'));
    t.datetime('b').defaultTo(db.fn.now());
    t.timestamp('c', { useTz: false, precision: 3 });
    t.time('d');
    t.timestamp('e').defaultTo(db.fn.now(3));
  },
  timestamps: () => (t) => t.timestamps(true, true),
  'timestamps in camel case': () => (t) => t.timestamps({ useCamelCase: true }),
  'uuid made by the server': (db) => (t) => t.uuid('token').notNullable().defaultTo(db.fn.uuid()),
  'binary, json and jsonb': () => (t) => {
    t.binary('a');
    t.json('b');
    t.jsonb('c')
      .notNullable()
      .defaultTo({ a: 1, b: ['x', 'y'] });
    t.jsonb('d').defaultTo('[]');
  },
  'a type as written': () => (t) => {
    t.specificType('tags', 'text[]').notNullable().defaultTo('{}');
    t.specificType('span', 'tstzrange');
    t.specificType('code', 'varchar(10) COLLATE "C"');
    t.specificType('sum', 'integer GENERATED ALWAYS AS (id * 2) STORED');
  },
  'a raw default': (db) => (t) => t.integer('n').defaultTo(db.raw('? + ?', [1, 2])),
  'serial without a primary key': () => (t) => t.increments('number', { primaryKey: false }),
  index: () => (t) => t.string('email').index(),
  'index with name and type': () => (t) => {
    t.jsonb('data');
    t.index(['data'], 'by_data', 'gin');
  },
  'index with a predicate': (db) => (t) => {
    t.string('email').index(undefined, { predicate: db.whereNotNull('email') });
    t.index('email', 'by_set', { predicate: db.whereRaw("email <> ''") });
  },
  'index of an expression': (db) => (t) => {
    t.string('email');
    t.index(db.raw('lower(email) text_pattern_ops DESC NULLS LAST') as unknown as string, 'by_lower');
    t.index(['id', db.raw('"email" desc') as unknown as string], 'by_both');
  },
  'index that is unique by its type': () => (t) => {
    t.string('email');
    t.index(['email'], 'only_email', { indexType: 'unique' });
  },
  'index over a new and an old column': () => (t) => {
    t.string('email');
    t.index(['email', 'id']);
    t.string('phone');
    t.index(['phone', 'email']);
  },
  'unique constraint': () => (t) => t.string('email').unique(),
  'unique constraint, deferred and named': () => (t) =>
    t.string('email').unique({ indexName: 'one_email', deferrable: 'deferred' }),
  'unique index': () => (t) => {
    t.string('email');
    t.unique(['email'], { useConstraint: false });
  },
  'unique index with a predicate': (db) => (t) => {
    t.string('email');
    t.unique(['email'], { indexName: 'one_x', predicate: db.whereRaw("email <> 'x'") });
  },
  'unique constraint over two columns': () => (t) => {
    t.string('email');
    t.integer('org_id');
    t.unique(['org_id', 'email']);
  },
  'foreign key': () => (t) => t.integer('org_id').references('id').inTable('orgs').onDelete('SET NULL'),
  'foreign key in one word': () => (t) =>
    t.integer('org_id').references('orgs.id').onUpdate('CASCADE').onDelete('no action'),
  'foreign key, deferrable and named': () => (t) => {
    t.integer('org_id').references('id').inTable('orgs').deferrable('deferred').withKeyName('to_org');
    t.integer('boss_id');
    t.foreign('boss_id', 'to_boss').references('id').inTable('users').deferrable('immediate').onDelete('RESTRICT');
  },
  'foreign key with an index': () => (t) => t.integer('org_id').index().references('id').inTable('public.orgs'),
  comment: () => (t) => t.string('email').comment("the user's own"),
  'checks on the column': () => (t) => {
    t.integer('age').checkPositive().checkBetween([1, 150]);
    t.integer('debt').checkNegative('in_debt');
    t.string('kind').checkIn(['a', "b'c"], 'KnownKind').checkLength('<', 5);
    t.string('zip').checkRegex('^[0-9]+$').checkNotIn(['0']);
  },
  'check of the table': () => (t) => {
    t.integer('age');
    t.check('age > id', [], 'grown');
  },
  'enum as text with a check': () => (t) => t.enu('kind', ['a', 'b']).notNullable().defaultTo('a'),
  'enum with a label escaped by hand': () => (t) => t.enum('kind', ["o''k", 'b c']),
  'enum of its own type': () => (t) =>
    t.enu('mood', ['sad', 'so so'], { useNative: true, enumName: 'mood' }).defaultTo('sad'),
};

describe.each(some(Object.entries(FORMS), 15))('%s', (_name, form) => {
  test.each(['none', 'transaction'])(
    'is what Knex makes of it, and is left alone afterwards (transaction: %s)',
    async (how) => {
      const [stock, guarded] = [await open(), await open()];
      await stock.db.schema.alterTable('users', form(stock.db));

      const once = async (): Promise<string> => {
        const run = async (host: Knex): Promise<string> =>
          (await guard(host).safeAddColumn('users', form(host))).status;
        return how === 'none' ? run(guarded.db) : guarded.db.transaction(run);
      };
      expect(await once()).toBe('applied');
      expect(await readCatalog(guarded.url)).toEqual(await readCatalog(stock.url));
      expect(await once()).toBe('unchanged');
      // What Knex has made is found as well.
      expect((await guard(stock.db).safeAddColumn('users', form(stock.db))).status).toBe('unchanged');
    },
  );
});
