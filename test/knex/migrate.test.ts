import { type HoldfastError, RefusedError } from '@holdfast/core';
import { guard } from '@holdfast/knex';
import type { Knex } from 'knex';
import { describe, expect, test } from 'vitest';
import { execute, readCatalog } from '../support/catalog.js';
import { open } from './open.js';

type Up = (knex: Knex) => Promise<unknown>;
interface Migration {
  readonly up: Up;
  readonly config?: { readonly transaction: boolean };
}

/** Migrations in memory, in the order of their names. */
function source(migrations: Readonly<Record<string, Migration>>): { migrationSource: Knex.MigrationSource<string> } {
  return {
    migrationSource: {
      getMigrations: () => Promise.resolve(Object.keys(migrations).sort()),
      getMigrationName: (name) => name,
      getMigration: (name) => Promise.resolve({ down: () => Promise.resolve(), ...(migrations[name] as Migration) }),
    },
  };
}

const addEmail: Up = (knex) => guard(knex).safeAddColumn('users', (t) => t.string('email').notNullable().defaultTo(''));
const addOrg: Up = (knex) =>
  guard(knex).safeAddColumn('users', (t) => t.integer('org_id').references('orgs.id').index());
const fail: Up = () => Promise.reject(new TypeError('crash'));

describe.each([
  ['in one transaction for all', undefined],
  ['without a transaction', { transaction: false }],
] as const)('knex migrate:latest %s', (_how, config) => {
  const with_ = (up: Up): Migration => (config === undefined ? { up } : { up, config });

  test('applies, records, and finds everything done when its ledger is lost', async () => {
    const { db, url } = await open();
    const pending = source({ '1_email': with_(addEmail), '2_org': with_(addOrg) });
    expect(await db.migrate.latest(pending)).toEqual([1, ['1_email', '2_org']]);
    const done = await readCatalog(url);
    await execute(url, 'DELETE FROM knex_migrations');
    expect(await db.migrate.latest(pending)).toEqual([1, ['1_email', '2_org']]);
    expect(await readCatalog(url)).toEqual(done);
  });

  test('continues after a crash between two steps of a migration', async () => {
    const { db, url } = await open();
    const broken: Up = async (knex) => {
      await addEmail(knex);
      await fail(knex);
    };
    const whole: Up = async (knex) => {
      await addEmail(knex);
      await addOrg(knex);
    };
    await expect(db.migrate.latest(source({ '1_all': with_(broken) }))).rejects.toThrow('crash');
    const left = (await readCatalog(url)).some((line) => line.startsWith('column users.email'));
    expect(left).toBe(config !== undefined);
    await db.migrate.latest(source({ '1_all': with_(whole) }));
    expect(
      (await readCatalog(url)).filter((line) => /users_org_id_(foreign|index)|users\.email/.test(line)),
    ).toHaveLength(3);
  });
});

/** What Knex throws for the migrations. */
async function refusal(db: Knex, migrations: Readonly<Record<string, Migration>>): Promise<HoldfastError> {
  const error: unknown = await db.migrate.latest(source(migrations)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RefusedError);
  return error as HoldfastError;
}

describe('the cures', () => {
  const buildIndex: Up = (knex) => guard(knex, { largeTableBytes: 0 }).safeCreateIndex('users', ['name']);

  test('of a transaction that is in the way can be pasted, and help', async () => {
    const { db, url } = await open();
    const error = await refusal(db, { '1_index': { up: buildIndex } });
    expect(error.hint).toMatchInlineSnapshot(`
      "Let Knex run this migration outside of a transaction. Export from its file:
        export const config = { transaction: false };   // TypeScript and ES modules
        exports.config = { transaction: false };        // CommonJS
      This changes the whole batch: Knex then runs every pending migration in a transaction of its own, and this one in none.
      To do it all the same, pass { allow: 'your reason' }."
    `);
    await db.migrate.latest(source({ '1_index': { up: buildIndex, config: { transaction: false } } }));
    expect(await readCatalog(url)).toContainEqual(expect.stringContaining('users_name_idx'));
  });

  test('of an enum value that is not committed yet help as well', async () => {
    const { db, url } = await open();
    await execute(url, "CREATE TYPE mood AS ENUM ('sad')");
    const add: Up = (knex) => guard(knex).safeAddEnumValue('mood', 'happy');
    const use: Up = (knex) =>
      guard(knex).safeAddColumn('users', (t) => t.specificType('mood', 'mood').defaultTo('happy'));
    const error = await refusal(db, { '1_add': { up: add }, '2_use': { up: use } });
    expect(error.hint).toMatchInlineSnapshot(`
      "Use the value in the next migration, and let the one that adds it commit first. Export from its file:
        export const config = { transaction: false };   // TypeScript and ES modules
        exports.config = { transaction: false };        // CommonJS
      This changes the whole batch: Knex then runs every pending migration in a transaction of its own, and this one in none."
    `);
    await db.migrate.latest(source({ '1_add': { up: add, config: { transaction: false } }, '2_use': { up: use } }));
    expect(await readCatalog(url)).toContainEqual(expect.stringContaining('users.mood'));
  });

  test('of a transaction that has failed name the runner', async () => {
    const { db } = await open();
    const error = await refusal(db, {
      '1_swallowed': {
        up: async (knex) => {
          await knex.raw('select 1 / 0').catch(() => undefined);
          await addEmail(knex);
        },
      },
    });
    expect(error.hint).toMatchInlineSnapshot(`
      "Let the error leave up(), so that Knex rolls the transaction back, then run again:
        npx knex migrate:latest
      What may fail belongs into g.attempt(name, async (g) => { … })."
    `);
  });

  test('of something missing name the commands of Knex', async () => {
    const { db } = await open();
    const missing = guard(db).safeAddColumn('user', (t) => t.string('email'));
    await expect(missing).rejects.toMatchObject({
      code: 'HF_PREREQUISITE',
      hint: expect.stringContaining('npx knex migrate:status'),
    });
  });
});

test('the finished migrations are read from the table of the configuration', async () => {
  const { db, url, another } = await open({ migrations: { tableName: 'done', schemaName: 'app' } });
  await db.migrate.latest(source({ '1_email': { up: addEmail } }));
  expect(await execute(url, 'SELECT name FROM app.done')).toEqual([{ name: '1_email' }]);
  await guard(db).validatePrerequisites({ migrations: ['1_email'] });
  const elsewhere = another({});
  await expect(guard(elsewhere).validatePrerequisites({ migrations: ['1_email'] })).rejects.toMatchObject({
    code: 'HF_PREREQUISITE',
  });
});
