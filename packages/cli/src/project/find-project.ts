/** Which project a command is about, and how Node loads its files. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RefusedError, type SchemaLock } from '@holdfast/core';
import { inModulePackage } from './project.js';

const EXTENSIONS = ['js', 'cjs', 'mjs', 'ts', 'cts', 'mts'];
const KNEX = ['knexfile'];
const TYPEORM = ['data-source', 'src/data-source', 'ormconfig', 'src/ormconfig', 'datasource', 'src/datasource'];

export interface Found {
  readonly tool: SchemaLock['tool'];
  /** Absolute. */
  readonly config: string;
}

/** By the options, else by the usual names in the current folder. Throws `RefusedError` for none, or for both tools. */
export function findProject(operation: string, knexfile: string | undefined, dataSource: string | undefined): Found {
  const asked: Found[] = [
    ...(knexfile === undefined ? [] : [{ tool: 'knex' as const, config: resolve(knexfile) }]),
    ...(dataSource === undefined ? [] : [{ tool: 'typeorm' as const, config: resolve(dataSource) }]),
  ];
  const found = asked.length > 0 ? asked : [...lookFor('knex', KNEX), ...lookFor('typeorm', TYPEORM)];
  const [first, second] = found;
  if (first === undefined) throw noProject(operation, `there is no knexfile and no data source in ${process.cwd()}.`);
  if (second !== undefined) throw noProject(operation, `there are ${first.config} and ${second.config}.`);
  if (!existsSync(first.config)) throw noProject(operation, `there is no file ${first.config}.`);
  return first;
}

function lookFor(tool: Found['tool'], names: readonly string[]): readonly Found[] {
  const files = names.flatMap((name) => EXTENSIONS.map((extension) => resolve(`${name}.${extension}`)));
  return files
    .filter(existsSync)
    .slice(0, 1)
    .map((config) => ({ tool, config }));
}

function noProject(operation: string, happened: string): RefusedError {
  return new RefusedError({
    operation,
    target: '',
    happened,
    left: '',
    hint: `Name one:\n  npx ${operation} --knexfile path/to/knexfile.js\n  npx ${operation} --data-source path/to/data-source.ts`,
  });
}

/**
 * Arguments for Node. TypeScript: what the project has of ts-node (which Knex's and TypeORM's own commands take) and tsx, the second
 * first where the package is one of modules. Types are not checked.
 */
export function nodeArguments(operation: string, { config }: Found, imports: readonly string[]): readonly string[] {
  const { resolve: find } = createRequire(config);
  const given = imports.flatMap((name) => [
    '--import',
    /^[./]/.test(name) ? pathToFileURL(resolve(name)).href : hrefOf(name),
  ]);
  if (given.length > 0 || !/\.[cm]?ts$/.test(config)) return given;
  const module = inModulePackage(dirname(config));
  const order = module ? ['tsx', 'ts-node'] : ['ts-node', 'tsx'];
  for (const name of order) {
    if (name === 'tsx' && resolves('tsx')) return ['--import', hrefOf('tsx')];
    if (name === 'ts-node' && resolves('ts-node/register'))
      return module ? ['--loader', hrefOf('ts-node/esm')] : ['--require', find('ts-node/register')];
  }
  throw new RefusedError({
    operation,
    target: config,
    happened: 'it is TypeScript, and neither ts-node nor tsx is installed here.',
    left: '',
    hint: `Install one, or name what your runner loads TypeScript with:\n  npm install --save-dev tsx\n  npx ${operation} --import @swc-node/register/esm-register`,
  });

  function hrefOf(name: string): string {
    return pathToFileURL(find(name)).href;
  }
  function resolves(name: string): boolean {
    try {
      return find(name) !== '';
    } catch {
      return false;
    }
  }
}
