/** A new database takes PGlite seconds to make, and is the same each time: one is kept for all projects of the user. */
import { readFileSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';

/** Of PGlite: files of one version are not for another one. */
export const PGLITE_VERSION = versionOf('@electric-sql/pglite');

// What is kept is read and written each time: the log in segments of 1 MB, of which few stay, and not of 16; and one database, not three.
const SMALL = { initDbStartParams: ['--wal-segsize=1', '-c', 'min_wal_size=2MB'] };
const ONE_DATABASE = [
  "UPDATE pg_catalog.pg_database SET datistemplate = false WHERE datname IN ('template0', 'template1')",
  'DROP DATABASE template0',
  'DROP DATABASE template1',
];

/** As if it had been made just now. */
export async function createEmpty(options: PGliteOptions): Promise<PGlite> {
  const path = join(cacheFolder(), `pglite-${PGLITE_VERSION}-small.tar`);
  const kept = await readFile(path).catch(() => null);
  if (kept !== null) return PGlite.create({ ...options, loadDataDir: new Blob([kept]) });
  const made = await PGlite.create({ ...options, ...SMALL });
  for (const statement of ONE_DATABASE) await made.exec(statement);
  // Only time is lost where nothing can be kept: a home that is read-only, or full.
  await keep(path, made).catch(() => undefined);
  return made;
}

/** By renaming: nobody reads half of it. */
async function keep(path: string, database: PGlite): Promise<void> {
  await database.exec('CHECKPOINT');
  const dump = Buffer.from(await (await database.dumpDataDir('none')).arrayBuffer());
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.${process.pid}`, dump);
  await rename(`${path}.${process.pid}`, path);
}

/** Where the system has such files: XDG Base Directory Specification; Apple's and Microsoft's own places. */
function cacheFolder(): string {
  const home = homedir();
  const folders: Partial<Record<NodeJS.Platform, string>> = {
    darwin: join(home, 'Library/Caches'),
    win32: process.env['LOCALAPPDATA'] ?? join(home, 'AppData/Local'),
  };
  return join(process.env['XDG_CACHE_HOME'] ?? folders[process.platform] ?? join(home, '.cache'), 'holdfast');
}

function versionOf(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  const manifest = join(dirname(entry), '..', 'package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string }).version;
}
