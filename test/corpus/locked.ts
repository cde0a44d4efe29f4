/** The lock of the schema of a project, made on a server of the tests by the same rules as `holdfast lock` makes it in its own process. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ignoredTables,
  type LockedMigration,
  printSchemaLock,
  readCatalogLines,
  type SchemaLock,
} from '@holdfast/core';
import { GuardedMigrationSource } from '@holdfast/knex';
import { guardedDataSource } from '@holdfast/typeorm';
import pg from 'pg';
import { RECORDER, REPLAY_SCHEMA, takeTouched } from '../../packages/cli/src/lock/footprint.js';
import { initialSchema } from '../../packages/cli/src/lock/initial-schema.js';
import { lockedMigration } from '../../packages/cli/src/lock/locked-migration.js';
import { withClient } from '../support/catalog.js';
import { createDatabase } from '../support/database.js';
import type { SharedServer as Server } from '../support/server.js';
import { openHistory, type Project, type Wrap } from './run.js';

/** Of no file: nobody looks. */
const HASH = '0'.repeat(64);

/** Path of the file. */
export async function lockOf(server: Server, project: Project): Promise<string> {
  const database = await createDatabase(server);
  const texts: string[] = [];
  const stop = listen(texts);
  try {
    const history = await openHistory(project, database.url);
    await withClient(database.url, (client) => client.query(RECORDER));
    const ignoreTables =
      project.host === 'knex'
        ? ['knex_migrations', 'knex_migrations_lock']
        : [`${project.schema === undefined ? '' : `${project.schema}.`}migrations`, 'typeorm_metadata'];
    const ledger = new Set(['knex_migrations', 'knex_migrations_lock', 'migrations']);
    const read = (client: pg.Client) =>
      readCatalogLines(client, {
        ignoreTables: ignoredTables({ ignoreTables }),
        ignoreSchemas: [REPLAY_SCHEMA],
      });
    const migrations: LockedMigration[] = [];
    const initial = await withClient(database.url, read);
    let before = initial;
    for (const [i, name] of history.names.entries()) {
      texts.length = 0;
      await history.up(i + 1);
      const own = texts.filter((text) => ![...ledger].some((table) => text.includes(table)));
      const { after, touches } = await withClient(database.url, async (client) => ({
        touches: await takeTouched(client as never, ignoredTables({ ignoreTables })),
        after: await read(client),
      }));
      migrations.push(
        await lockedMigration({
          name,
          hash: HASH,
          before,
          after,
          texts: own,
          touches,
          ignoreTables: ignoredTables({ ignoreTables }),
        }),
      );
      before = after;
    }
    const lock: SchemaLock = {
      version: 1,
      tool: project.host,
      ignoreTables,
      ...(project.prepare === undefined
        ? {}
        : { initial: initialSchema({ file: 'project.json', hash: HASH }, initial, migrations) }),
      migrations,
    };
    const path = join(tmpdir(), `holdfast-${project.name.replace('/', '-')}-${process.pid}.lock.json`);
    writeFileSync(path, printSchemaLock(lock));
    return path;
  } finally {
    stop();
    await database.drop();
  }
}

/** Collects what the drivers of this process send meanwhile. */
function listen(texts: string[]): () => void {
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function (this: pg.Client, ...args: never[]): never {
    const [first] = args as readonly unknown[];
    const text = typeof first === 'string' ? first : (first as { readonly text?: unknown } | undefined)?.text;
    if (typeof text === 'string') texts.push(text);
    return (query as (...all: never[]) => never).apply(this, args);
  } as never;
  return () => {
    pg.Client.prototype.query = query;
  };
}

/** The guard around the whole project, with and without the lock of its schema. */
export function guardedBy(lockFile: string | false): Wrap {
  return {
    knex: (source) => new GuardedMigrationSource({ source, lockFile }),
    typeorm: (source) => guardedDataSource(source as never, { lockFile }) as never,
  };
}
