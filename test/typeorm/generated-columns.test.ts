/** Generated columns: TypeORM compares entities with its own note of the expression, so the guard keeps that note. */
import { guard } from '@holdfast/typeorm';
import { afterEach, describe, expect, it } from 'vitest';
import { execute } from '../support/catalog.js';
import { closeAll, MAJORS, makeDatabase, open } from './majors.js';

afterEach(closeAll);

const SETUP = 'CREATE TABLE boxes (id integer PRIMARY KEY, a integer, b integer)';
const NOTES = 'SELECT * FROM typeorm_metadata ORDER BY value';
const AREA = {
  name: 'area',
  type: 'int',
  isNullable: true,
  asExpression: 'a*b',
  generatedType: 'STORED',
} as const;

describe.each(MAJORS)('TypeORM %s', (_, typeorm) => {
  const { EntitySchema, TableColumn } = typeorm;
  /** With a generated column in an entity TypeORM makes its table of notes. */
  const Box = new EntitySchema<object>({
    name: 'Box',
    tableName: 'boxes',
    columns: {
      id: { type: 'int', primary: true },
      a: { type: 'int', nullable: true },
      b: { type: 'int', nullable: true },
      area: { type: 'int', nullable: true, asExpression: 'a*b', generatedType: 'STORED' },
    } as never,
  });
  const withEntity = async (url: string) => {
    const opened = await open(typeorm, url, { entities: [Box] });
    await opened.source.runMigrations();
    return opened;
  };

  it('leaves the same note as TypeORM, and migration:generate has nothing to say', async () => {
    const [stockUrl, url] = [await makeDatabase(SETUP), await makeDatabase(SETUP)];
    await (await withEntity(stockUrl)).runner.addColumn('boxes', new TableColumn(AREA));
    const { source, runner } = await withEntity(url);
    const g = guard(runner);
    const first = await g.safeAddColumn('boxes', new TableColumn(AREA));
    const second = await g.safeAddColumn('boxes', new TableColumn(AREA));

    expect([first.status, second.status]).toEqual(['applied', 'unchanged']);
    const withoutDatabase = (rows: Record<string, unknown>[]) => rows.map((row) => ({ ...row, database: '' }));
    const notes = await execute(url, NOTES);
    expect(withoutDatabase(notes)).toEqual(withoutDatabase(await execute(stockUrl, NOTES)));
    expect(notes[0]?.['database']).toBe(runner.connection.driver.database);
    expect((await source.driver.createSchemaBuilder().log()).upQueries).toEqual([]);
  });

  it('makes up for a lost note and replaces a stale one', async () => {
    const url = await makeDatabase(SETUP);
    const { runner } = await withEntity(url);
    const g = guard(runner);
    await g.safeAddColumn('boxes', new TableColumn(AREA));
    for (const spoil of ['DELETE FROM typeorm_metadata', `UPDATE typeorm_metadata SET value = 'b'`]) {
      await execute(url, spoil);
      expect((await g.safeAddColumn('boxes', new TableColumn(AREA))).status).toBe('repaired');
      expect((await execute(url, NOTES)).map((row) => row['value'])).toEqual(['a*b']);
    }
  });

  it('tells of the note in a plan and writes nothing', async () => {
    const url = await makeDatabase(SETUP);
    const { runner } = await withEntity(url);
    const planned = await guard(runner, { mode: 'plan' }).safeAddColumn('boxes', new TableColumn(AREA));
    expect(planned.children.flatMap((each) => each.steps.map((step) => step.sql))).toEqual([
      expect.stringContaining('INSERT INTO "public"."typeorm_metadata"'),
    ]);
    expect(await execute(url, NOTES)).toEqual([]);
  });

  it('takes the note back with the transaction', async () => {
    const url = await makeDatabase(SETUP);
    const { runner } = await withEntity(url);
    await runner.startTransaction();
    await guard(runner).safeAddColumn('boxes', new TableColumn(AREA));
    await runner.rollbackTransaction();
    expect(await execute(url, NOTES)).toEqual([]);
  });

  it("does without TypeORM's table, where TypeORM itself fails", async () => {
    const { runner } = await open(typeorm, await makeDatabase(SETUP));
    const outcome = await guard(runner).safeAddColumn('boxes', new TableColumn(AREA));
    expect(outcome.status).toBe('applied');
    expect(outcome.children).toMatchObject([{ status: 'unchanged', reason: 'there is no table typeorm_metadata' }]);
  });

  it('finds the table of notes by the options of the DataSource', async () => {
    const url = await makeDatabase(
      'CREATE SCHEMA app; CREATE TABLE app.boxes (id integer PRIMARY KEY, a integer, b integer)',
    );
    const { source, runner } = await open(typeorm, url, {
      entities: [Box],
      schema: 'app',
      metadataTableName: 'My notes',
    });
    await source.runMigrations();
    await guard(runner).safeAddColumn('boxes', new TableColumn(AREA));
    expect(await execute(url, `SELECT schema, "table", name, value FROM app."My notes"`)).toEqual([
      { schema: 'app', table: 'boxes', name: 'area', value: 'a*b' },
    ]);
  });
});
