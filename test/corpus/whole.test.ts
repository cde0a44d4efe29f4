/**
 * Whole migrations of the corpus with the lock of the schema: applied again, with a ledger that has lost rows, without a ledger. In
 * `npm test` a part of it, all of it in `npm run test:corpus`.
 */
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { wide } from '../support/breadth.js';
import { createDatabase } from '../support/database.js';
import { availableMajors, serverFor } from '../support/server.js';
import { guardedBy, lockOf } from './locked.js';
import { chosen, type History, openHistory, type Project, type Snapshot, snapshot, WHOLE_CORPUS } from './run.js';

async function state(url: string, project: Project): Promise<Snapshot> {
  const { catalog, rows, sequences } = await snapshot(url, project);
  const own = (line: string): boolean => !line.includes('holdfast_journal');
  return { catalog: catalog.filter(own), rows: rows.filter(own), sequences };
}

describe.each(availableMajors([18]))('on PostgreSQL %s', (major) => {
  describe.each(chosen('typeorm/courses'))('$name', { timeout: 600_000 }, (project) => {
    let lockFile: string;
    let normal: Snapshot;
    let names: readonly string[];

    async function open(
      wrap: boolean,
    ): Promise<{ readonly url: string; readonly own: History; readonly stock: History }> {
      const database = await createDatabase(serverFor(major));
      onTestFinished(() => database.drop());
      const stock = await openHistory(project, database.url);
      const own = await openHistory(project, database.url, wrap ? { wrap: guardedBy(lockFile) } : {});
      return { url: database.url, own, stock };
    }

    beforeAll(async () => {
      lockFile = await lockOf(serverFor(major), project);
      const database = await createDatabase(serverFor(major));
      const history = await openHistory(project, database.url);
      await history.up();
      names = history.names;
      normal = await state(database.url, project);
      await database.drop();
    }, 300_000);

    test.runIf(wide)('a fresh database, and all taken back', async () => {
      const { url, own } = await open(true);
      await own.up();
      expect(await state(url, project)).toEqual(normal);
      await own.down();
      expect(await own.ledger()).toEqual([]);
      await own.up();
      expect(await state(url, project)).toEqual(normal);
    });

    test('each a second time right after itself, run by the guard', async () => {
      const { url, own } = await open(true);
      for (let k = 1; k <= names.length; k += 1) {
        await own.up(k);
        const before = await state(url, project);
        await own.forget(1);
        await own.up(k);
        expect(await state(url, project), `after ${names[k - 1]} twice`).toEqual(before);
      }
      expect(await state(url, project)).toEqual(normal);
    });

    test('the ledger is lost, and the database full', async () => {
      const { url, own, stock } = await open(true);
      await stock.up();
      await stock.forget(names);
      await own.up().catch((error: unknown) => {
        expect((error as { code?: string }).code).toBe('HF_REFUSED');
      });
      expect(await state(url, project)).toEqual(normal);
    });

    const positions = WHOLE_CORPUS ? Array.from({ length: project.files.length }, (_, k) => k) : [7, 19];
    test.each(positions)('the ledger is lost, and the database as after migration %s', async (k) => {
      const { url, own, stock } = await open(true);
      await stock.up(k);
      await stock.forget(names.slice(0, k));
      const before = await state(url, project);
      const code = await own.up().then(
        () => 'done',
        (error: unknown) => (error as { code?: string }).code ?? String(error),
      );
      const after = await state(url, project);
      if (code === 'done') expect(after).toEqual(normal);
      else {
        expect(code).toBe('HF_REFUSED');
        expect(after).toEqual(before);
      }
    });
  });
});
