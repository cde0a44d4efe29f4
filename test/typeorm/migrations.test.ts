/** Migrations that use the guard, run by TypeORM's own executor in each of its modes. */
import { guard } from '@holdfast/typeorm';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { afterEach, describe, expect, it } from 'vitest';
import { execute, readCatalog } from '../support/catalog.js';
import { closeAll, MAJORS, makeDatabase, open, type Typeorm } from './majors.js';

afterEach(closeAll);

const SETUP = `CREATE TABLE orgs (id integer PRIMARY KEY); CREATE TABLE users (id integer PRIMARY KEY, org_id integer);
  INSERT INTO orgs SELECT generate_series(1, 10); INSERT INTO users SELECT i, i % 10 + 1 FROM generate_series(1, 100) i`;

function migrations({ TableColumn, TableForeignKey, TableIndex }: Typeorm): (new () => MigrationInterface)[] {
  class AddStatus1700000000001 implements MigrationInterface {
    name = 'AddStatus1700000000001';
    async up(queryRunner: QueryRunner): Promise<void> {
      await guard(queryRunner).safeAddColumn(
        'users',
        new TableColumn({
          name: 'status',
          type: 'enum',
          enum: ['new', 'old'],
          default: "'new'",
          comment: 'of the user',
        }),
      );
    }
    async down(queryRunner: QueryRunner): Promise<void> {
      await guard(queryRunner).safeDropColumn('users', 'status');
    }
  }
  class IndexStatus1700000000002 implements MigrationInterface {
    name = 'IndexStatus1700000000002';
    async up(queryRunner: QueryRunner): Promise<void> {
      const g = guard(queryRunner);
      await g.safeCreateIndex('users', new TableIndex({ columnNames: ['status', 'id'], isUnique: true }));
      await g.safeAddForeignKey(
        'users',
        new TableForeignKey({ columnNames: ['org_id'], referencedTableName: 'orgs', referencedColumnNames: ['id'] }),
      );
    }
    async down(): Promise<void> {}
  }
  return [AddStatus1700000000001, IndexStatus1700000000002];
}

describe.each(MAJORS)('TypeORM %s', (_, typeorm) => {
  const [AddStatus, IndexStatus] = migrations(typeorm) as [new () => MigrationInterface, new () => MigrationInterface];

  it('ends in the same schema in every mode, and with nothing to do when the ledger is lost', async () => {
    const catalogs: (readonly string[])[] = [];
    for (const transaction of ['all', 'each', 'none'] as const) {
      const url = await makeDatabase(SETUP);
      const { source } = await open(typeorm, url, { migrations: [AddStatus, IndexStatus] });
      expect(await source.runMigrations({ transaction })).toHaveLength(2);
      const after = await readCatalog(url);
      await execute(url, 'DELETE FROM migrations');
      expect(await source.runMigrations({ transaction })).toHaveLength(2);
      expect(await readCatalog(url)).toEqual(after);
      catalogs.push(after);
    }
    expect(catalogs[1]).toEqual(catalogs[0]);
    expect(catalogs[2]).toEqual(catalogs[0]);
    expect(catalogs[0]).toContainEqual(
      expect.stringMatching(/^constraint users.FK_[0-9a-f]+ FOREIGN KEY .org_id. REFERENCES orgs.id. valid=t/),
    );
  });

  it('is reverted by TypeORM', async () => {
    const url = await makeDatabase(SETUP);
    const { source } = await open(typeorm, url, { migrations: [AddStatus] });
    await source.runMigrations();
    await source.undoLastMigration();
    expect((await readCatalog(url)).filter((line) => line.includes('users.status'))).toEqual([]);
  });

  describe('an index on a large table', () => {
    const concurrently = (property: { readonly transaction?: boolean }): (new () => MigrationInterface) => {
      class Large1700000000003 implements MigrationInterface {
        name = 'Large1700000000003';
        constructor() {
          Object.assign(this, property);
        }
        async up(queryRunner: QueryRunner): Promise<void> {
          const g = guard(queryRunner, { largeTableBytes: 0 });
          await g.safeCreateIndex('users', new typeorm.TableIndex({ columnNames: ['org_id'], isConcurrent: true }));
        }
        async down(): Promise<void> {}
      }
      return Large1700000000003;
    };

    it.each(['all', 'each'] as const)("is refused in mode %s, with TypeORM's cure", async (transaction) => {
      const url = await makeDatabase(SETUP);
      const before = await readCatalog(url);
      const { source } = await open(typeorm, url, { migrations: [concurrently({})] });
      await expect(source.runMigrations({ transaction })).rejects.toThrowErrorMatchingSnapshot();
      expect((await readCatalog(url)).filter((line) => !line.includes('migrations'))).toEqual(before);
    });

    it.each([
      ['each', { transaction: false }],
      ['none', {}],
    ] as const)('is built as the cure says, in mode %s with %j', async (transaction, property) => {
      const url = await makeDatabase(SETUP);
      const { source } = await open(typeorm, url, { migrations: [concurrently(property)] });
      await source.runMigrations({ transaction });
      expect((await readCatalog(url)).filter((line) => line.includes('IDX_'))).toHaveLength(1);
    });

    it('is no way in mode all, where TypeORM rejects the property, as the cure says', async () => {
      const { source } = await open(typeorm, await makeDatabase(SETUP), {
        migrations: [concurrently({ transaction: false })],
      });
      await expect(source.runMigrations({ transaction: 'all' })).rejects.toThrow(/transaction/i);
    });
  });

  it('is reverted outside of a transaction only with mode none, as the cure says', async () => {
    class Revert1700000000005 implements MigrationInterface {
      name = 'Revert1700000000005';
      transaction = false;
      async up(): Promise<void> {}
      async down(queryRunner: QueryRunner): Promise<void> {
        const g = guard(queryRunner, { largeTableBytes: 0 });
        await g.safeCreateIndex('users', new typeorm.TableIndex({ columnNames: ['org_id'] }));
      }
    }
    const { source } = await open(typeorm, await makeDatabase(SETUP), { migrations: [Revert1700000000005] });
    await source.runMigrations({ transaction: 'each' });
    await expect(source.undoLastMigration({ transaction: 'each' })).rejects.toMatchObject({ code: 'HF_REFUSED' });
    await source.undoLastMigration({ transaction: 'none' });
  });

  it('tells to use a new enum value in a later transaction', async () => {
    const url = await makeDatabase(`${SETUP}; CREATE TYPE mood AS ENUM ('sad')`);
    class AddMood1700000000004 implements MigrationInterface {
      name = 'AddMood1700000000004';
      async up(queryRunner: QueryRunner): Promise<void> {
        const g = guard(queryRunner);
        await g.safeAddEnumValue('mood', 'ok');
        await g.safeAddColumn(
          'users',
          new typeorm.TableColumn({
            name: 'mood',
            type: 'enum',
            enum: ['sad', 'ok'],
            enumName: 'mood',
            default: "'ok'",
          }),
        );
      }
      async down(): Promise<void> {}
    }
    const { source } = await open(typeorm, url, { migrations: [AddMood1700000000004] });
    await expect(source.runMigrations()).rejects.toThrowErrorMatchingSnapshot();
    await source.runMigrations({ transaction: 'none' });
    expect(await readCatalog(url)).toContain("column users.mood mood not null default 'ok'::mood");
  });

  it('continues where a migration without a transaction has failed', async () => {
    const url = await makeDatabase(`${SETUP}; INSERT INTO users VALUES (101, 99)`);
    const { source } = await open(typeorm, url, { migrations: [AddStatus, IndexStatus] });
    await expect(source.runMigrations({ transaction: 'none' })).rejects.toMatchObject({ code: 'HF_DATA' });
    await execute(url, 'DELETE FROM users WHERE id = 101');
    expect(await source.runMigrations({ transaction: 'none' })).toHaveLength(1);
  });
});
