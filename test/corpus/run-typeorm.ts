import 'reflect-metadata';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { DataSource, type MigrationInterface } from 'typeorm';
import { DataSource as DataSource03 } from 'typeorm-0.3';
import { execute } from '../support/catalog.js';
import { lastOf } from './ledger.js';
import type { Project } from './projects.js';
import type { History, HistoryOptions } from './run.js';

type MigrationClass = new () => MigrationInterface;

const nothing = () => {};
const SILENT = {
  logQuery: nothing,
  logQueryError: nothing,
  logQuerySlow: nothing,
  logSchemaBuild: nothing,
  logMigration: nothing,
  log: nothing,
};

export async function openTypeormHistory(project: Project, url: string, options: HistoryOptions): Promise<History> {
  const classes: MigrationClass[] = [];
  for (const file of project.files) classes.push(await loadClass(`${project.folder}/${file}`));
  const names = classes.map((each) => new each().name ?? each.name);
  const table = `${project.schema === undefined ? '' : `"${project.schema}".`}"migrations"`;
  const wrapped = options.wrap?.typeorm ?? ((source) => source);
  const Source = options.typeorm === '0.3' ? (DataSource03 as unknown as typeof DataSource) : DataSource;

  async function using(some: MigrationClass[], use: (source: DataSource) => Promise<unknown>): Promise<void> {
    const source = wrapped(
      new Source({
        type: 'postgres',
        url,
        logger: SILENT,
        entities: [],
        migrations: some.map(anew),
        migrationsTransactionMode: project.transactionMode ?? 'all',
        ...(project.schema === undefined ? {} : { schema: project.schema }),
      }),
    );
    await source.initialize();
    try {
      await use(source);
    } finally {
      await source.destroy();
    }
  }

  /** What `migration:revert -t` is given: TypeORM does not look at `transaction` of a migration here. */
  function modeOfDown(name: string): 'all' | 'each' | 'none' {
    const migration = classes[names.indexOf(name)];
    const alone = migration !== undefined && new migration().transaction === false;
    return alone ? 'none' : (project.transactionMode ?? 'all');
  }

  async function ledger(): Promise<readonly string[]> {
    const [there] = await execute(url, `SELECT to_regclass('${table}') AS name`);
    if (there?.['name'] === null) return [];
    const rows = await execute(url, `SELECT name FROM ${table} ORDER BY id`);
    return rows.map((row) => String(row['name']));
  }

  return {
    names,
    up: (count) => using(classes.slice(0, count), (source) => source.runMigrations()),
    async only(index) {
      const known = await ledger();
      await using(
        classes.filter((_, i) => i === index || known.includes(names[i] ?? '')),
        (source) => source.runMigrations(),
      );
    },
    async down(count) {
      const going = (await ledger()).slice(count === undefined ? 0 : -count).reverse();
      await using(classes, async (source) => {
        for (const name of going) await source.undoLastMigration({ transaction: modeOfDown(name) });
      });
    },
    ledger,
    async forget(which) {
      for (const name of lastOf(await ledger(), which))
        await execute(url, `DELETE FROM ${table} WHERE name = '${name}'`);
    },
  };
}

/** TypeORM 0.3 keeps one instance of each class for the life of the process; each deployment is a process of its own. */
function anew(migration: MigrationClass): MigrationClass {
  return Object.defineProperty(class extends migration {}, 'name', { value: migration.name });
}

/** TypeORM itself gets classes: its own loading of files is not what the corpus is about. */
async function loadClass(file: string): Promise<MigrationClass> {
  const loaded =
    file.endsWith('.ts') || file.endsWith('.mjs')
      ? await import(pathToFileURL(file).href)
      : createRequire(import.meta.url)(file);
  const found = [loaded, ...Object.values(loaded as object)].find((each) => typeof each === 'function');
  if (found === undefined) throw new Error(`${file} exports no class`);
  return found as MigrationClass;
}
