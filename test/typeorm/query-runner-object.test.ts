/** The guarded runner as an object: TypeORM's runner in everything that changes no schema, with the operations beside its methods. */
import { guard } from '@holdfast/typeorm';
import type { Table, TableColumnOptions } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeAll, MAJORS, makeDatabase, type Opened, open, schemaOf, takenBack } from './majors.js';

afterAll(closeAll);

const SETUP = `CREATE TABLE users (id integer PRIMARY KEY, score integer, word text); CREATE INDEX by_score ON users (score)`;

describe.each(MAJORS)('TypeORM %s', (_, typeorm) => {
  const column = (options: TableColumnOptions) => new typeorm.TableColumn({ isNullable: true, ...options });
  let shared: Opened;
  beforeAll(async () => {
    shared = await open(typeorm, await makeDatabase(SETUP));
  });

  it('has the state, the connection and the transaction of the runner', async () => {
    const runner = shared.source.createQueryRunner();
    const g = guard(runner);
    const { queryRunner: q } = g;
    expect(q).toBe(g.queryRunner);
    expect([q.manager, q.isTransactionActive, q.isReleased]).toEqual([runner.manager, false, false]);
    await q.startTransaction();
    q.data = { by: 'a test' };
    expect([runner.isTransactionActive, runner.data]).toEqual([true, { by: 'a test' }]);
    await q.dropColumn('users', 'word');
    await q.rollbackTransaction();
    expect(await q.query('SELECT word FROM users')).toEqual([]);
    await q.release();
    expect(runner.isReleased).toBe(true);
  });

  it('carries the operations, and can be guarded again', async () => {
    await takenBack(shared, '', async (runner) => {
      const g = guard(runner);
      const { queryRunner: q } = g;
      expect('safeAddColumn' in q).toBe(true);
      expect(q.safeAddColumn).toBe(q.safeAddColumn);
      expect((await q.safeDropIndex('by_score')).status).toBe('applied');
      await guard(q).queryRunner.dropColumn('users', 'score');
      expect(g.report().outcomes.map(({ operation }) => operation)).toEqual(['safeDropIndex']);
      expect(await q.hasColumn('users', 'score')).toBe(false);
    });
  });

  it('lets TypeORM read a table anew after a change', async () => {
    await takenBack(shared, '', async (runner) => {
      const { queryRunner: q } = guard(runner);
      await q.getTable('users');
      await q.addColumn('users', column({ name: 'added', type: 'int' }));
      await runner.dropColumn('users', 'added');
      expect((await q.getTable('users'))?.columns.map(({ name }) => name)).toEqual(['id', 'score', 'word']);
    });
  });

  it('makes the index that a Table object describes for a new column, as TypeORM does', async () => {
    const index = new typeorm.TableIndex({ name: 'by_added', columnNames: ['added'] });
    const table = new typeorm.Table({ name: 'users', indices: [index] });
    const add = (q: typeof shared.runner) => q.addColumn(table.clone(), column({ name: 'added', type: 'int' }));
    const stock = await takenBack(shared, '', async (runner) => {
      await add(runner);
      return schemaOf(runner);
    });
    await takenBack(shared, '', async (runner) => {
      await add(guard(runner).queryRunner);
      expect(await schemaOf(runner)).toEqual(stock);
    });
  });

  it("takes names from the connection's strategy, and tables from its schema", async () => {
    class Plain extends typeorm.DefaultNamingStrategy {
      override indexName(table: Table | string, columns: string[]) {
        return `Index of ${this.getTableName(table)}.${columns.join('.')}`;
      }
    }
    const setup = 'CREATE SCHEMA "My app"; CREATE TABLE "My app".users (id integer); CREATE TABLE users (id integer)';
    const opened = await open(typeorm, await makeDatabase(setup), { schema: 'My app', namingStrategy: new Plain() });
    const index = () => new typeorm.TableIndex({ columnNames: ['id'] });
    await guard(opened.runner).queryRunner.createIndex('users', index());
    await guard(opened.runner).queryRunner.renameColumn('users', 'id', 'no');
    expect((await schemaOf(opened.runner)).filter((line) => line.startsWith('index'))).toEqual([
      'index CREATE INDEX "Index of users.no" ON "My app".users USING btree (no) valid=t ready=t',
    ]);
    await guard(opened.runner).queryRunner.dropIndex('users', new typeorm.TableIndex({ columnNames: ['no'] }));
    expect((await schemaOf(opened.runner)).filter((line) => line.startsWith('index'))).toEqual([]);
  });

  it('only records while TypeORM records', async () => {
    await takenBack(shared, '', async (runner) => {
      const before = await schemaOf(runner);
      const { queryRunner: q } = guard(runner);
      q.enableSqlMemory();
      await q.dropColumn('users', 'word');
      expect(q.getMemorySql().upQueries.map(({ query }) => query)).toEqual(['ALTER TABLE "users" DROP COLUMN "word"']);
      expect(await schemaOf(runner)).toEqual(before);
      q.disableSqlMemory();
      await q.dropColumn('users', 'word');
      expect(await schemaOf(runner)).not.toEqual(before);
    });
  });

  it('changes nothing in a plan', async () => {
    await takenBack(shared, '', async (runner) => {
      const before = await schemaOf(runner);
      const g = guard(runner, { mode: 'plan' });
      const { queryRunner: q } = g;
      await q.changeColumn('users', 'score', column({ name: 'points', type: 'bigint' }));
      await q.addColumn('users', column({ name: 'added', type: 'int' }));
      await q.changeColumn('users', 'added', column({ name: 'added', type: 'bigint' }));
      await q.renameTable('users', 'people');
      const statuses = g.report().outcomes.map(({ status }) => status);
      expect(statuses).toContain('planned');
      expect(statuses).not.toContain('applied');
      expect(await schemaOf(runner)).toEqual(before);
    });
  });

  it('works inside attempt with the guard that it hands out', async () => {
    await takenBack(shared, '', async (runner) => {
      const outcome = await guard(runner).attempt('words', (part) => part.queryRunner.dropColumn('users', 'word'));
      expect(outcome).toMatchObject({ status: 'applied', children: [{ operation: 'safeDropColumn' }] });
    });
  });

  it('makes a materialized view by TypeORM, with an index by the guard', async () => {
    await takenBack(shared, '', async (runner) => {
      const { queryRunner: q } = guard(runner);
      await q.createView(new typeorm.View({ name: 'words', expression: 'SELECT word FROM users', materialized: true }));
      await q.safeCreateIndex('words', ['word']);
      expect((await schemaOf(runner)).filter((line) => /words/.test(line))).toHaveLength(3);
      await q.dropView('words');
      expect((await schemaOf(runner)).filter((line) => /words/.test(line))).toEqual([]);
    });
  });
});
