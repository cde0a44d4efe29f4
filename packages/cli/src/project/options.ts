/** Options of the commands that look at a project and at its database. */
import { resolve } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { InvalidArgumentError } from '@holdfast/core';
import type { Io } from '../exit.js';
import { type Found, findProject, nodeArguments } from './find-project.js';

export const PROJECT_HELP = `  --url <connection string>   Of the live database. Default: DATABASE_URL, else PGHOST, PGDATABASE, ... as for psql.
  --knexfile <file>           Default: knexfile.js, .cjs, .mjs, .ts in this folder.
  --data-source <file>        Of TypeORM. Default: data-source.ts or .js here or in src.
  --env <name>                Part of a knexfile with environments. Default: NODE_ENV, else development.
  --lock-file <file>          Default: the one that the guard finds beside the migrations.
  --import <module>           What Node loads first, for TypeScript. Default: ts-node or tsx, as installed.`;

const OPTIONS = {
  url: { type: 'string' },
  knexfile: { type: 'string' },
  'data-source': { type: 'string', short: 'd' },
  env: { type: 'string' },
  'lock-file': { type: 'string' },
  import: { type: 'string', multiple: true },
  json: { type: 'boolean' },
} as const satisfies NonNullable<ParseArgsConfig['options']>;

export interface ProjectValues {
  readonly url?: string | undefined;
  readonly knexfile?: string | undefined;
  readonly 'data-source'?: string | undefined;
  readonly env?: string | undefined;
  readonly 'lock-file'?: string | undefined;
  readonly import?: readonly string[] | undefined;
  readonly json?: boolean | undefined;
}

/** Throws `InvalidArgumentError` for unknown options. `more`: those of one command. */
export function parseProjectOptions<T extends Readonly<Record<string, { readonly type: 'boolean' }>>>(
  operation: string,
  args: readonly string[],
  more: T,
): ProjectValues & { readonly [K in keyof T]?: boolean } {
  try {
    return parseArgs({ args: [...args], options: { ...OPTIONS, ...more } }).values as ProjectValues & {
      readonly [K in keyof T]?: boolean;
    };
  } catch (cause) {
    throw new InvalidArgumentError({
      operation,
      target: '',
      happened: (cause as Error).message,
      left: '',
      hint: `${operation} --help tells all options.`,
      cause,
    });
  }
}

export interface ProjectJob extends Found {
  readonly operation: string;
  /** Of a knexfile with environments. */
  readonly environment: string;
  /** Of the live database; undefined: DATABASE_URL, else the variables of libpq. */
  readonly url: string | undefined;
  /** Absolute; undefined: beside the migrations. */
  readonly lockFile: string | undefined;
}

/** Throws `RefusedError` where there is no project. */
export function projectJob(
  operation: string,
  values: ProjectValues,
  { env }: Io,
): { readonly job: ProjectJob; readonly execArgv: readonly string[] } {
  const found = findProject(operation, values.knexfile, values['data-source']);
  const lockFile = values['lock-file'];
  return {
    job: {
      ...found,
      operation,
      environment: values.env ?? env['NODE_ENV'] ?? 'development',
      url: values.url,
      lockFile: lockFile === undefined ? undefined : resolve(lockFile),
    },
    execArgv: nodeArguments(operation, found, values.import ?? []),
  };
}
