/** The projects of the corpus: each folder is the history of one product, migrations as its team wrote them. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

export type CorpusHost = 'knex' | 'typeorm';

/** What `project.json` says. */
interface Manifest {
  /** The product and how its team writes. */
  readonly about: string;
  /** The oldest major of PostgreSQL that it runs on. */
  readonly since: number;
  /** Columns whose values differ from run to run, as `table.column`: left out where rows are compared. */
  readonly random: readonly string[];
  /** What somebody did by hand before the first migration. */
  readonly prepare?: readonly string[];
  /** Knex: the team's `disableTransactions`. */
  readonly disableTransactions?: boolean;
  /** TypeORM: `migrationsTransactionMode`. */
  readonly transactionMode?: 'all' | 'each' | 'none';
  /** TypeORM: the `schema` of the data source. */
  readonly schema?: string;
  /** Knex: the `searchPath` of the connection. */
  readonly searchPath?: readonly string[];
}

export interface Project extends Manifest {
  /** `knex/cms`. */
  readonly name: string;
  readonly host: CorpusHost;
  readonly folder: string;
  /** Its migrations in order. */
  readonly files: readonly string[];
}

/** Knex would load all of these but `.mjs` by default. */
export const EXTENSIONS: readonly string[] = ['.js', '.cjs', '.mjs', '.ts'];

export const PROJECTS: readonly Project[] = (['knex', 'typeorm'] as const).flatMap((host) => {
  const folder = fileURLToPath(new URL(`./${host}/`, import.meta.url));
  return readdirSync(folder)
    .sort()
    .map((name) => readProject(host, name, `${folder}${name}`));
});

/** All projects take many minutes: `npm run test:corpus`. */
export const WHOLE_CORPUS = process.env['HOLDFAST_CORPUS'] === 'all';

/** These, or in the run of the whole corpus all. */
export function chosen(...names: readonly string[]): readonly Project[] {
  return WHOLE_CORPUS ? PROJECTS : PROJECTS.filter(({ name }) => names.includes(name));
}

function readProject(host: CorpusHost, name: string, folder: string): Project {
  const manifest = JSON.parse(readFileSync(`${folder}/project.json`, 'utf8')) as Manifest;
  const files = readdirSync(folder)
    .filter((file) => EXTENSIONS.includes(extname(file)))
    .sort();
  return { ...manifest, name: `${host}/${name}`, host, folder, files };
}
