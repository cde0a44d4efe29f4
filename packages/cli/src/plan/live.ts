/** What is asked of the live database: once, in one read-only transaction. */
import {
  type CatalogLines,
  ignoredTables,
  JOURNAL,
  Journal,
  type Marks,
  namesIn,
  noMarks,
  type PgClient,
  RefusedError,
  readCatalogLines,
} from '@holdfast/core';
import type pg from 'pg';
import type { Project } from '../project/project.js';
import type { LiveTable } from './result.js';

export interface Live {
  /** `user@host:port/database` */
  readonly database: string;
  readonly server: string;
  readonly lines: CatalogLines;
  /** Names in the ledger. */
  readonly done: ReadonlySet<string>;
  readonly marks: Marks;
  /** How many statements of a migration that was interrupted are in the journal, by its name. */
  readonly begun: ReadonlyMap<string, number>;
  readonly tables: readonly LiveTable[];
  /** Those that are not the server's own. */
  readonly roles: readonly string[];
}

const LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'";

/** Takes ACCESS SHARE on each table for a moment, to ask its size, and no other lock. Rejects with `RefusedError` where that is not granted in 5 s. */
export async function readLive(client: pg.Client, project: Project, operation: string): Promise<Live> {
  await client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${LIMITS}`);
  try {
    return await read(client, project);
  } catch (error) {
    throw (error as { code?: string }).code === '55P03' ? busy(operation, error) : error;
  } finally {
    await client.query('ROLLBACK').catch(() => undefined); // the first error is the one to report
  }
}

async function read(client: pg.Client, project: Project): Promise<Live> {
  const wire = client as unknown as PgClient;
  const lines = await readCatalogLines(wire, { ignoreTables: [...ignoredTables(project), { name: JOURNAL }] });
  const done = await namesIn(wire, { table: project.ledger, column: 'name' }, true);
  const { user, host, port, database } = client;
  const { rows: version } = await client.query<{ server: string }>(
    "SELECT 'PostgreSQL ' || pg_catalog.current_setting('server_version') AS server",
  );
  const { rows: roles } = await client.query<{ name: string }>(
    "SELECT rolname AS name FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_' ORDER BY 1",
  );
  return {
    database: `${user === undefined ? '' : `${user}@`}${host}:${port}/${database ?? ''}`,
    server: version[0]?.server ?? '',
    lines,
    done,
    ...(await readJournal(client, project)),
    tables: await readTables(client),
    roles: roles.map(({ name }) => name),
  };
}

async function readJournal(client: pg.Client, { ledger }: Project): Promise<Pick<Live, 'marks' | 'begun'>> {
  const { rows } = await client.query<{ schema: string }>(
    `SELECT n.nspname AS schema FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relname = $1 AND c.relkind IN ('r', 'p') ORDER BY n.nspname IS DISTINCT FROM coalesce($2, pg_catalog.current_schema()), 1`,
    [JOURNAL, ledger.schema ?? null],
  );
  const schema = rows[0]?.schema;
  if (schema === undefined) return { marks: noMarks(), begun: new Map() };
  const marks = await new Journal({ schema, name: JOURNAL }, ledger.name).marks(client as unknown as PgClient);
  const { rows: begun } = await client.query<{ migration: string; statements: number }>(
    `SELECT migration, count(*)::int AS statements FROM ${client.escapeIdentifier(schema)}.${JOURNAL} WHERE kind = 'statement' AND direction = 'up' AND ledger = $1 GROUP BY 1`,
    [ledger.name],
  );
  return { marks, begun: new Map(begun.map(({ migration, statements }) => [migration, statements])) };
}

async function readTables(client: pg.Client): Promise<readonly LiveTable[]> {
  const { rows } = await client.query<{ name: string; rows: number; bytes: string; heap: string }>(
    `SELECT n.nspname || '.' || c.relname AS name, tree.rows, tree.bytes, tree.heap
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace,
     LATERAL (WITH RECURSIVE tree (relid) AS (SELECT c.oid UNION ALL SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree ON i.inhparent = tree.relid)
       SELECT sum(t.reltuples) FILTER (WHERE t.relkind <> 'p') AS rows, coalesce(sum(pg_catalog.pg_table_size(t.oid)), 0)::bigint AS bytes,
         coalesce(sum(pg_catalog.pg_relation_size(t.oid)), 0)::bigint AS heap
       FROM tree JOIN pg_catalog.pg_class t ON t.oid = tree.relid) tree
     WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema')`,
  );
  return rows.map(({ name, rows: count, bytes, heap }) => ({
    name,
    rows: rowsIn(count, Number(heap)),
    bytes: Number(bytes),
  }));
}

/** `count`: -1 where it was never analyzed; before 14 that is 0 as well. A table of no blocks has no rows, whatever is kept beside it. */
function rowsIn(count: number | null, heap: number): number | null {
  if (heap === 0) return 0;
  return count === null || count <= 0 ? null : Math.round(count);
}

function busy(operation: string, cause: unknown): RefusedError {
  return new RefusedError({
    operation,
    target: '',
    happened: 'a table could not be read within 5 s: somebody has it in ACCESS EXCLUSIVE mode.',
    hint: "Run it again when that has ended. Who it is:\n  SELECT pid, relation::regclass, mode FROM pg_locks WHERE mode = 'AccessExclusiveLock';",
    cause,
  });
}
