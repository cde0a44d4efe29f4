/**
 * `npm run corpus:stock [-- knex/cms ...]`: what the stock runners make of the corpus when the ledger does not tell the truth. Prints one
 * table; nothing here is an expectation.
 */
import { startServer } from '../../scripts/postgres-server.mjs';
import { createDatabase, type Database } from '../support/database.js';
import { type History, openHistory, PROJECTS, type Project, type Snapshot, snapshot } from './run.js';

interface Tally {
  tries: number;
  failed: number;
  /** Reported success, and left another schema or other rows. */
  wrong: number;
  /** How often each SQLSTATE came; errors of the client have none. */
  readonly codes: Record<string, number>;
}

const LOST = [1, 2, 3, 5, 8];

const server = await startServer({ fast: true });
const asked = process.argv.slice(2);
const rows: Record<string, Record<string, string | number>> = {};
for (const project of PROJECTS.filter(({ name }) => asked.length === 0 || asked.includes(name))) {
  const again = await eachAgain(project);
  const lost = await lostRows(project);
  rows[project.name] = {
    migrations: project.files.length,
    'again: fail': again.failed,
    'again: wrong': again.wrong,
    [`last ${LOST.join('/')} lost: fail`]: `${lost.failed} of ${lost.tries}`,
    'lost: wrong': lost.wrong,
    'empty ledger': await emptyLedger(project),
    codes: Object.entries(again.codes)
      .map(([code, times]) => `${code}×${times}`)
      .join(' '),
  };
  process.stderr.write(`${project.name} is done\n`);
}
console.table(rows);
await server.stop();

/** Each one a second time, right after its first success. */
async function eachAgain(project: Project): Promise<Tally> {
  const tally = newTally();
  await on(project, undefined, async (history, database) => {
    for (let index = 0; index < project.files.length; index++) {
      await history.up(index + 1);
      // What a second run does to this database must not be the ground for the next migration.
      await withCopy(project, database, async (copy, url) => {
        await copy.forget(1);
        await attempt(tally, project, url, () => copy.only(index));
      });
    }
  });
  return tally;
}

/** The last k rows of the ledger are gone, the schema is not. */
async function lostRows(project: Project): Promise<Tally> {
  const tally = newTally();
  await on(project, undefined, async (history, database) => {
    await history.up();
    for (const k of LOST) {
      await withCopy(project, database, async (copy, url) => {
        await copy.forget(k);
        await attempt(tally, project, url, () => copy.up());
      });
    }
  });
  return tally;
}

async function emptyLedger(project: Project): Promise<string> {
  const tally = newTally();
  await on(project, undefined, async (history, database) => {
    await history.up();
    await withCopy(project, database, async (copy, url) => {
      await copy.forget(project.files.length);
      await attempt(tally, project, url, () => copy.up());
    });
  });
  return tally.failed > 0 ? `fails: ${Object.keys(tally.codes)}` : tally.wrong > 0 ? 'wrong' : 'passes';
}

function newTally(): Tally {
  return { tries: 0, failed: 0, wrong: 0, codes: {} };
}

async function attempt(tally: Tally, project: Project, url: string, run: () => Promise<void>): Promise<void> {
  const before = await snapshot(url, project);
  tally.tries++;
  try {
    await run();
  } catch (error) {
    const code = String((error as { code?: unknown }).code ?? 'client');
    tally.failed++;
    tally.codes[code] = (tally.codes[code] ?? 0) + 1;
    return;
  }
  if (textOf(await snapshot(url, project)) !== textOf(before)) tally.wrong++;
}

/** Sequences go on in a second run that changes nothing else: not compared. */
function textOf({ catalog, rows }: Snapshot): string {
  return JSON.stringify([catalog, rows]);
}

async function withCopy(
  project: Project,
  original: Database,
  use: (history: History, url: string) => Promise<void>,
): Promise<void> {
  await on(project, original.name, (history, { url }) => use(history, url));
}

async function on(
  project: Project,
  template: string | undefined,
  use: (history: History, database: Database) => Promise<void>,
): Promise<void> {
  const database = await createDatabase(server, template === undefined ? {} : { template });
  try {
    await use(await openHistory(project, database.url), database);
  } finally {
    await database.drop();
  }
}
