/** What the guarded runner keeps where TypeORM's own loses it, and what it refuses. */
import { RefusedError } from '@holdfast/core';
import { guard } from '@holdfast/typeorm';
import type { QueryRunner, TableColumnOptions } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCatalog } from '../support/catalog.js';
import { availableMajors } from '../support/server.js';
import { closeAll, MAJORS, makeDatabase, type Opened, open, schemaOf, takenBack } from './majors.js';

afterAll(closeAll);

const SETUP = `
  CREATE TABLE teams (id integer PRIMARY KEY);
  CREATE TYPE users_state_enum AS ENUM ('new', 'gone');
  CREATE TABLE users (id integer PRIMARY KEY, name varchar(50) NOT NULL, score integer, state users_state_enum, word text, team_id integer REFERENCES teams);
  CREATE INDEX by_score ON users (score);
  ALTER TABLE users ADD CONSTRAINT positive CHECK (score > 0);
  INSERT INTO teams VALUES (7);
  INSERT INTO users SELECT i, 'name ' || i, i, 'gone', 'new', 7 FROM generate_series(1, 5) i;`;

describe.each(MAJORS)('TypeORM %s', (_, typeorm) => {
  const { TableColumn, TableForeignKey, TableIndex, TableUnique } = typeorm;
  const column = (options: TableColumnOptions) => new TableColumn(options);
  let shared: Opened;
  beforeAll(async () => {
    shared = await open(typeorm, await makeDatabase(SETUP));
  });

  describe('changeColumn on a table with rows', () => {
    const CHANGES: Readonly<Record<string, readonly [from: TableColumnOptions, to: TableColumnOptions, type: string]>> =
      {
        'a longer text': [
          { name: 'name', type: 'varchar', length: '50', isNullable: true },
          { name: 'name', type: 'varchar', length: '200', isNullable: true },
          'character varying(200)',
        ],
        'a wider number': [
          { name: 'score', type: 'int', isNullable: true },
          { name: 'score', type: 'bigint', isNullable: true },
          'bigint',
        ],
        'another name and another type': [
          { name: 'score', type: 'int', isNullable: true },
          { name: 'points', type: 'numeric', precision: 12, scale: 2, isNullable: true },
          'numeric(12,2)',
        ],
        'a referencing column': [
          { name: 'team_id', type: 'int', isNullable: true },
          { name: 'team_id', type: 'bigint', isNullable: true },
          'bigint',
        ],
        'text to enum': [
          { name: 'word', type: 'text', isNullable: true },
          { name: 'word', type: 'enum', enum: ['new', 'old'], isNullable: true },
          'users_word_enum',
        ],
        'enum to text': [
          { name: 'state', type: 'enum', enum: ['new', 'gone'], isNullable: true },
          { name: 'state', type: 'text', isNullable: true },
          'text',
        ],
      };

    it.each(Object.keys(CHANGES))('%s: TypeORM loses the values, the guard keeps them', async (name) => {
      const [from, to, type] = CHANGES[name] as (typeof CHANGES)[string];
      const values = async (runner: QueryRunner, at: string) => {
        const rows = (await runner.query(`SELECT ${at}::text AS v FROM users ORDER BY id`)) as { v: string | null }[];
        return rows.map(({ v }) => v?.replace('.00', '') ?? null);
      };
      const stock = await takenBack(shared, 'ALTER TABLE users ALTER name DROP NOT NULL', async (runner) => {
        await runner.changeColumn('users', column(from), column(to));
        expect(new Set(await values(runner, to.name))).toEqual(new Set([null]));
        return schemaOf(runner);
      });
      await takenBack(shared, '', async (runner) => {
        const before = await values(runner, from.name);
        const g = guard(runner);
        await g.queryRunner.changeColumn('users', column(from), column(to));
        expect(await values(runner, to.name)).toEqual(before);
        expect(await g.columnType('users', to.name)).toBe(type);
        // What TypeORM leaves is there as well, and what it loses along with the column.
        const lines = await schemaOf(runner);
        expect(lines).toEqual(expect.arrayContaining(stock.filter((line) => !line.startsWith('column users.name'))));
        expect(lines.filter((line) => /by_score|positive|team_id_fkey/.test(line))).toHaveLength(3);
        const again = guard(runner);
        await again.queryRunner.changeColumn('users', column(from), column(to));
        expect(new Set(again.report().outcomes.map(({ status }) => status))).toEqual(new Set(['unchanged']));
      });
    });

    it('changes nothing when a value would not fit', async () => {
      await takenBack(shared, '', async (runner) => {
        const before = await schemaOf(runner);
        const short = column({ name: 'word', type: 'varchar', length: '2', isNullable: true });
        const changed = guard(runner).queryRunner.changeColumn('users', 'word', short);
        await expect(changed).rejects.toMatchObject({ code: 'HF_DATA', count: 5 });
        expect(await schemaOf(runner)).toEqual(before);
      });
    });

    it('changes only what differs between the two definitions, whatever else the column has by now', async () => {
      const byHand = "ALTER TABLE users ALTER word SET DEFAULT 'by hand', ALTER word TYPE varchar(80)";
      await takenBack(shared, byHand, async (runner) => {
        const old = { name: 'word', type: 'text', isNullable: true };
        await guard(runner).queryRunner.changeColumn('users', column(old), column({ ...old, isNullable: false }));
        expect(await schemaOf(runner)).toContain(
          "column users.word character varying(80) not null default 'by hand'::character varying",
        );
      });
    });

    it('touches neither of two columns when both names are there, also where that is only a warning', async () => {
      await takenBack(shared, '', async (runner) => {
        const before = await schemaOf(runner);
        const to = column({ name: 'word', type: 'bigint', isNullable: true });
        const changed = guard(runner).queryRunner.changeColumn('users', 'score', to);
        await expect(changed).rejects.toMatchObject({ code: 'HF_MISMATCH' });
        await guard(runner, { onMismatch: 'warn' }).queryRunner.changeColumn('users', 'score', to);
        expect(await schemaOf(runner)).toEqual(before);
      });
    });

    it('lets a new sequence go on behind the rows, where that of TypeORM begins at 1', async () => {
      const from = { name: 'score', type: 'int', isNullable: true };
      const to = column({ ...from, isGenerated: true, generationStrategy: 'increment' });
      const next = "INSERT INTO users (id, name) VALUES (9, 'nine') RETURNING score";
      const stock = await takenBack(shared, '', async (runner) => {
        await runner.changeColumn('users', column(from), to);
        expect(await runner.query(next)).toEqual([{ score: 1 }]);
        return schemaOf(runner);
      });
      await takenBack(shared, '', async (runner) => {
        await guard(runner).queryRunner.changeColumn('users', column(from), to);
        expect(await runner.query(next)).toEqual([{ score: 6 }]);
        expect(await schemaOf(runner)).toEqual(stock);
      });
    });

    it('puts a new label where the definition has it, and can be run again', async () => {
      const { runner } = await open(typeorm, await makeDatabase(SETUP));
      const labels = ['first', 'new', 'late', 'gone', 'last'];
      // Outside of a transaction: the default names a new label.
      const to = column({ name: 'state', type: 'enum', enum: labels, isNullable: true, default: "'late'" });
      for (const status of ['applied', 'unchanged']) {
        const g = guard(runner);
        await g.queryRunner.changeColumn('users', 'state', to);
        expect(g.report().outcomes.map((outcome) => outcome.status)).toContain(status);
        expect(await g.enumValues('users_state_enum')).toEqual(labels);
      }
      expect(await runner.query('SELECT DISTINCT state FROM users')).toEqual([{ state: 'gone' }]);
    });

    it('refuses to use a label in the transaction that adds it', async () => {
      await takenBack(shared, '', async (runner) => {
        const to = { name: 'state', type: 'enum', enum: ['new', 'late', 'gone'], isNullable: true, default: "'late'" };
        const changed = guard(runner).queryRunner.changeColumn('users', 'state', column(to));
        await expect(changed).rejects.toMatchObject({ code: 'HF_REFUSED' });
      });
    });

    it('sets a collation without taking the length away, as TypeORM does', async () => {
      const from = { name: 'name', type: 'varchar', length: '50' };
      const change = (q: QueryRunner) => q.changeColumn('users', column(from), column({ ...from, collation: 'C' }));
      const typeOf = (runner: QueryRunner) => guard(runner).columnType('users', 'name');
      await takenBack(shared, '', async (runner) => {
        await change(runner);
        expect(await typeOf(runner)).toBe('character varying');
      });
      await takenBack(shared, '', async (runner) => {
        await change(guard(runner).queryRunner);
        expect(await typeOf(runner)).toBe('character varying(50)');
        expect((await runner.query(`SELECT pg_collation_for(name) AS c FROM users LIMIT 1`)) as object).toEqual([
          { c: '"C"' },
        ]);
      });
    });

    it('names the rows that hold a label which is to go', async () => {
      await takenBack(shared, '', async (runner) => {
        const to = column({ name: 'state', type: 'enum', enum: ['new'], isNullable: true });
        const changed = guard(runner).queryRunner.changeColumn('users', 'state', to);
        await expect(changed).rejects.toMatchObject({ code: 'HF_DATA', count: 5 });
      });
    });

    it('leaves the type to other columns that have it', async () => {
      const others = 'ALTER TABLE teams ADD state users_state_enum; ALTER TABLE users ADD other users_state_enum';
      await takenBack(shared, others, async (runner) => {
        const { queryRunner: q } = guard(runner);
        const own = { name: 'state', type: 'enum', enum: ['new', 'gone'], enumName: 'own', isNullable: true };
        await q.dropColumn('users', 'other');
        await q.changeColumn('users', 'state', column(own));
        await q.dropColumn('users', 'state');
        expect((await schemaOf(runner)).filter((line) => line.startsWith('enum'))).toEqual([
          'enum users_state_enum (new, gone)',
        ]);
      });
    });
  });

  it.each(availableMajors([15, 18]))('outside a transaction ends in the catalog of TypeORM on %i', async (major) => {
    const setup = `${SETUP} CREATE TABLE app AS SELECT generate_series(1, 9) AS id; ALTER TABLE app ADD PRIMARY KEY (id)`;
    const [stockUrl, url] = [await makeDatabase(setup, major), await makeDatabase(setup, major)];
    const score = { name: 'score', type: 'int', isNullable: true };
    const key = { columnNames: ['score'], referencedTableName: 'app', referencedColumnNames: ['id'] };
    const work = async (q: QueryRunner) => {
      await q.changeColumn('users', column(score), column({ ...score, isNullable: false, isUnique: true }));
      await q.updatePrimaryKeys('users', [column({ name: 'id', type: 'int' }), column({ name: 'score', type: 'int' })]);
      await q.createIndex('users', new TableIndex({ columnNames: ['name', 'score'] }));
      await q.createForeignKey('users', new TableForeignKey(key));
      await q.renameColumn('users', 'word', 'noun');
    };
    await work((await open(typeorm, stockUrl)).runner);
    await work(guard((await open(typeorm, url)).runner).queryRunner);
    expect(await readCatalog(url)).toEqual(await readCatalog(stockUrl));
  });

  it('goes on with a rename that was cut off behind the column', async () => {
    const named = async (runner: QueryRunner) => {
      await runner.createIndex('users', new TableIndex({ columnNames: ['score'], where: '(score > 2)' }));
      await runner.createUniqueConstraint('users', new TableUnique({ columnNames: ['id', 'score'] }));
    };
    const stock = await takenBack(shared, '', async (runner) => {
      await named(runner);
      await runner.renameColumn('users', 'score', 'points');
      return schemaOf(runner);
    });
    await takenBack(shared, '', async (runner) => {
      await named(runner);
      await runner.query('ALTER TABLE users RENAME score TO points');
      await guard(runner).queryRunner.renameColumn('users', 'score', 'points');
      expect(await schemaOf(runner)).toEqual(stock);
    });
  });

  describe('stops before any change', () => {
    const identity = { name: 'score', type: 'int', isGenerated: true, generationStrategy: 'identity' } as const;
    const sum = {
      name: 'score',
      type: 'int',
      isNullable: true,
      asExpression: 'id + 1',
      generatedType: 'STORED',
    } as const;
    const twice = { ...sum, name: 'twice', asExpression: 'id * 3' } as const;
    const other = new typeorm.Table({ name: 'users', columns: [{ name: 'id', type: 'text' }] });

    it.each<[string, (q: QueryRunner) => Promise<unknown>]>([
      ['dropTable with rows', (q) => q.dropTable('users')],
      ['dropColumn that a composite index has, too', (q) => q.dropColumn('users', 'name')],
      ['createTable of another one', (q) => q.createTable(other, true)],
      ['dropUniqueConstraint of a foreign key', (q) => q.dropUniqueConstraint('users', 'users_team_id_fkey')],
      ['dropSchema with CASCADE', (q) => q.dropSchema('public', true, true)],
      ['an identity for a column that is there', (q) => q.changeColumn('users', 'score', column(identity))],
      ['a generated column in the place of a plain one', (q) => q.changeColumn('users', 'score', column(sum))],
      ['another expression of a generated column', (q) => q.changeColumn('users', 'twice', column(twice))],
      ['clearTable', (q) => q.clearTable('app.users')],
      ['clearDatabase', (q) => q.clearDatabase()],
      ['dropDatabase', (q) => q.dropDatabase('shop')],
    ])('%s', async (name, call) => {
      const setup =
        'CREATE INDEX both_of ON users (name, score); ALTER TABLE users ADD twice int GENERATED ALWAYS AS (id * 2) STORED';
      await takenBack(shared, setup, async (runner) => {
        const before = await schemaOf(runner);
        const g = guard(runner);
        const error: unknown = await call(g.queryRunner).catch((thrown: unknown) => thrown);
        if (error instanceof RefusedError)
          expect(g.report().outcomes).toMatchObject([{ operation: error.operation, status: 'refused' }]);
        // The same for both majors.
        expect(String(error)).toMatchSnapshot(name);
        expect(await schemaOf(runner)).toEqual(before);
        expect(await runner.query('SELECT count(*)::int AS n FROM users')).toEqual([{ n: 5 }]);
      });
    });
  });
});
