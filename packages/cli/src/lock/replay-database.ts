/**
 * The in-process PostgreSQL that migrations are replayed on, and the connection by which the project's own `pg` speaks to it: message by
 * message, as to a server, so that types, notices, COPY, errors and several statements in one text are what they always are.
 */
import { setFlagsFromString } from 'node:v8';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { PglitePgConnection } from '@electric-sql/pglite/node-postgres';
import type { PgClient } from '@holdfast/core';
import { createEmpty } from './empty-database.js';
import { type Extensions, grant } from './extensions.js';
import { RECORDER } from './footprint.js';
import { type InitialSql, lay } from './initial-schema.js';

export interface ReplayDatabase {
  /** Beside the project's connection. */
  readonly client: PgClient;
  /** The texts of the statements since the last call. */
  takeStatements(): readonly string[];
  /** What the project's driver connects with, for each of its clients; one client at a time. */
  connection(): Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

/** In this process. `client` is in the session of the project's connection. */
export interface LiteDatabase extends ReplayDatabase {
  /** From now on, what goes over the project's connections is told. */
  listen(wire: Wire): void;
  /** Everything in it, to start from another time. */
  dump(): Promise<Buffer>;
}

/** Who listens to the messages of the protocol. */
export interface Wire {
  /** The SQL of a message that is about to be sent. */
  sent(text: string): void;
  /** A message of the server. Answers whether the project is to have it. */
  answered(message: object): boolean;
}

/** From so many on it pays to compile the server well; V8 does that beside the work, and what waits for the disk waits for it. */
const MANY_MIGRATIONS = 80;

interface NewDatabase {
  /** How many migrations are to run on it. */
  readonly work: number;
  readonly extensions: Extensions;
  readonly roles: readonly string[];
  /** Of the runner's ledger, where the project names one. */
  readonly schema: string | undefined;
  readonly initial: InitialSql | null;
}

/** `base`: what `dump` gave; without it a new database with `roles`, `schema`, the extensions that are granted and what is there initially. */
export async function openReplayDatabase(
  base: Buffer | null,
  { work, extensions, roles, schema, initial }: NewDatabase,
): Promise<LiteDatabase> {
  if (work < MANY_MIGRATIONS) setFlagsFromString('--liftoff-only');
  const loaded = await loadExtensions(extensions.loaded);
  const lite =
    base === null
      ? await createEmpty({ extensions: loaded })
      : await PGlite.create({ extensions: loaded, loadDataDir: new Blob([new Uint8Array(base)]) });
  if (base === null) {
    const made = [
      ...roles.map((role) => `CREATE ROLE ${quoted(role)}`),
      // The runner makes its ledger there before the first migration.
      ...(schema === undefined ? [] : [`CREATE SCHEMA IF NOT EXISTS ${quoted(schema)}`]),
      ...grant(extensions),
    ];
    if (made.length > 0) await lite.exec(made.join(';\n'));
    if (initial !== null) await lay((sql) => lite.exec(sql), initial);
    await lite.exec(RECORDER);
  }
  let texts: string[] = [];
  let wire: Wire | undefined;
  const recorded = new Proxy(lite, {
    get(target, name) {
      if (name === 'execProtocolStream') {
        return async (message: Uint8Array, ...rest: []) => {
          const text = textOf(message);
          if (text !== null) {
            texts.push(text);
            wire?.sent(text);
          }
          const answers = await target.execProtocolStream(message, ...rest);
          return wire === undefined ? answers : answers.filter((each) => wire?.answered(each));
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return {
    client: await clientOf(lite),
    takeStatements() {
      const taken = texts;
      texts = [];
      return taken;
    },
    listen(listener) {
      wire = listener;
    },
    connection: () => ({ connection: withoutParsers(new PglitePgConnection({ pglite: recorded })) }),
    async dump() {
      await lite.exec('CHECKPOINT');
      return Buffer.from(await (await lite.dumpDataDir('none')).arrayBuffer());
    },
    close: () => lite.close(),
  };
}

/** A client of the package's own reads: the session is known to be its own, so that what recurs is planned once. */
async function clientOf(lite: PGlite): Promise<PgClient> {
  const { rows } = await lite.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
  const query = (asked: string | { readonly text: string }): Promise<unknown> =>
    lite.exec(typeof asked === 'string' ? asked : asked.text);
  return { query, processID: rows[0]?.pid } as unknown as PgClient;
}

/** `types` of a query are to pg its own parsers of what comes back, and to PGlite oids of parameters. */
function withoutParsers(connection: PglitePgConnection): PglitePgConnection {
  const parse = connection.parse.bind(connection);
  connection.parse = (query: { readonly types?: unknown }) => {
    const { types, ...others } = query;
    parse(Array.isArray(types) ? query : others);
  };
  return connection;
}

const QUERY = 'Q'.charCodeAt(0);
const PARSE = 'P'.charCodeAt(0);

/** The SQL in a message of the protocol; null for other messages. After the type and the length come strings that end with a zero byte. */
function textOf(message: Uint8Array): string | null {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  if (bytes[0] !== QUERY && bytes[0] !== PARSE) return null;
  const start = bytes[0] === QUERY ? 5 : bytes.indexOf(0, 5) + 1;
  return bytes.toString('utf8', start, bytes.indexOf(0, start));
}

/** Does PGlite have this extension? */
export async function isInPglite(extension: string): Promise<boolean> {
  return (await filesOf(extension)) !== undefined;
}

const moduleOf = (extension: string): string => extension.replaceAll('-', '_');

async function filesOf(extension: string): Promise<unknown> {
  const module = moduleOf(extension);
  const found: unknown = await import(`@electric-sql/pglite/contrib/${module}`).catch(() => null);
  return (found as Readonly<Record<string, unknown>> | null)?.[module];
}

/** Those that PGlite has as modules of its own; the others fail at their CREATE EXTENSION. */
async function loadExtensions(names: readonly string[]): Promise<NonNullable<PGliteOptions['extensions']>> {
  const loaded: Record<string, unknown> = {};
  for (const name of names) {
    const files = await filesOf(name);
    if (files !== undefined) loaded[moduleOf(name)] = files;
  }
  return loaded as NonNullable<PGliteOptions['extensions']>;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
