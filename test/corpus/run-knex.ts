import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import createKnex, { type Knex } from 'knex';
import { lastOf } from './ledger.js';
import { EXTENSIONS, type Project } from './projects.js';
import type { History, HistoryOptions } from './run.js';

type Source = Knex.MigrationSource<{ readonly file: string }>;

// The source that Knex makes of `directory`: it is not exported, and has no types.
const { FsMigrations } = createRequire(import.meta.url)('knex/lib/migrations/migrate/sources/fs-migrations.js') as {
  FsMigrations: new (folder: string, sortDirsSeparately: boolean) => Source;
};

export async function openKnexHistory(project: Project, url: string, { wrap }: HistoryOptions): Promise<History> {
  const stock = new FsMigrations(project.folder, false);
  const wrapped = wrap?.knex ?? ((source) => source);

  async function using<T>(files: readonly string[], use: (db: Knex) => Promise<T>): Promise<T> {
    const db = createKnex({
      client: 'pg',
      connection: url,
      pool: { min: 0, max: 4 },
      log: { warn: () => {} },
      ...(project.searchPath === undefined ? {} : { searchPath: [...project.searchPath] }),
      migrations: {
        migrationSource: wrapped(restricted(project, stock, files) as Knex.MigrationSource<unknown>),
        disableTransactions: project.disableTransactions ?? false,
      },
    });
    try {
      return await use(db);
    } finally {
      await db.destroy();
    }
  }

  async function ledger(): Promise<readonly string[]> {
    return using([], async (db) => {
      if (!(await db.schema.hasTable('knex_migrations'))) return [];
      return db('knex_migrations').orderBy('id').pluck('name');
    });
  }

  return {
    names: project.files,
    up: (count) => using(project.files.slice(0, count), (db) => db.migrate.latest()),
    async only(index) {
      const known = await ledger();
      const files = project.files.filter((file, i) => i === index || known.includes(file));
      await using(files, (db) => db.migrate.latest());
    },
    down: (count) =>
      using(project.files, async (db) => {
        if (count === undefined) await db.migrate.rollback(undefined, true);
        else for (let i = 0; i < count; i++) await db.migrate.down();
      }),
    ledger,
    async forget(which) {
      const names = lastOf(await ledger(), which);
      await using([], (db) => db('knex_migrations').whereIn('name', names).delete());
    },
  };
}

/** The source as it was when the folder had only these files. Knex's own leaves TypeScript to whoever runs it. */
function restricted({ folder }: Project, stock: Source, files: readonly string[]): Source {
  return {
    getMigrations: async () => (await stock.getMigrations(EXTENSIONS)).filter(({ file }) => files.includes(file)),
    getMigrationName: (migration) => stock.getMigrationName(migration),
    getMigration: (migration) =>
      migration.file.endsWith('.ts')
        ? import(pathToFileURL(`${folder}/${migration.file}`).href)
        : stock.getMigration(migration),
  };
}
