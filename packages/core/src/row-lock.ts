/**
 * A lock that a runner keeps as a row of a table: `is_locked` is 1 while it works. Where the runner commits that by itself, a crash
 * leaves it behind, and nothing in the row tells whether its holder is alive. Who is connected tells: nobody else, nobody holds it.
 */
import { type ObjectName, quoteName } from './names.js';
import { Connection, textOrNull } from './postgres/connection.js';
import { LOCK_APPLICATION } from './runner-lock-session.js';
import type { PgClient } from './session.js';

/** Another session in this database. What the role may not see is null. */
export interface OtherSession {
  readonly pid: number;
  readonly user: string | null;
  readonly application: string | null;
  readonly state: string | null;
  /** Since it has connected, in seconds. */
  readonly ageSeconds: number | null;
}

export interface RowLock {
  /** Is it taken, as the table says? */
  readonly locked: boolean;
  /** Rows of the table. It must be one; with more of them no run gets the lock. 0 also when there is no such table. */
  readonly rows: number;
  /** Other sessions in this database, oldest first, without those that wait for the lock of a runner: one of them may be the holder. */
  readonly holders: readonly OtherSession[];
  /** Nobody gets the lock, and nobody can hold it: no other session is connected to this database. */
  readonly stale: boolean;
  /** The table, with its schema; null when there is none, or none with a number `is_locked` that this role may read. */
  readonly table: ObjectName | null;
}

/** Reads only. A name without a schema is found by `search_path`. */
export async function readRowLock(client: PgClient, table: ObjectName): Promise<RowLock> {
  const wire = new Connection(client, { log: () => undefined });
  const found = await findTable(wire, table);
  if (found === null) return { locked: false, rows: 0, holders: [], stale: false, table: null };
  const [count] = await wire.query(
    `select count(*)::int as rows, coalesce(bool_or(is_locked <> 0), false) as locked from ${quoteName(found)}`,
  );
  const rows = Number(count?.['rows']);
  const locked = count?.['locked'] === true;
  const holders = await readOtherSessions(wire);
  return { locked, rows, holders, stale: (locked || rows > 1) && holders.length === 0, table: found };
}

/** Leaves one row that is not taken, in one transaction. */
export async function freeRowLock(client: PgClient, table: ObjectName): Promise<void> {
  const name = quoteName(table);
  const wire = new Connection(client, { log: () => undefined });
  await wire.script([`delete from ${name}`, `insert into ${name} (is_locked) values (0)`]);
}

async function findTable(wire: Connection, table: ObjectName): Promise<ObjectName | null> {
  const [row] = await wire.query(
    `select n.nspname as schema, c.relname as name from pg_catalog.pg_class c
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'is_locked' and not a.attisdropped
       and a.atttypid in ('pg_catalog.int2'::regtype, 'pg_catalog.int4'::regtype, 'pg_catalog.int8'::regtype)
     where c.oid = pg_catalog.to_regclass($1) and c.relkind in ('r', 'p')
       and pg_catalog.has_table_privilege(c.oid, 'select')`,
    [quoteName(table)],
  );
  return row === undefined ? null : { schema: String(row['schema']), name: String(row['name']) };
}

/** A weak role does not see what kind of process another one is: then it counts, to be on the safe side. */
async function readOtherSessions(wire: Connection): Promise<readonly OtherSession[]> {
  const rows = await wire.query(
    `select a.pid, a.usename, a.application_name, a.state,
       extract(epoch from pg_catalog.clock_timestamp() - a.backend_start)::int as age_seconds
     from pg_catalog.pg_stat_activity a
     where a.datname = pg_catalog.current_database() and a.pid <> pg_catalog.pg_backend_pid()
       and coalesce(a.backend_type, 'client backend') = 'client backend'
       and not pg_catalog.starts_with(coalesce(a.application_name, ''), $1)
     order by a.backend_start nulls last, a.pid`,
    [LOCK_APPLICATION],
  );
  return rows.map((row) => ({
    pid: Number(row['pid']),
    user: textOrNull(row['usename']),
    application: textOrNull(row['application_name']),
    state: textOrNull(row['state']),
    ageSeconds: typeof row['age_seconds'] === 'number' ? row['age_seconds'] : null,
  }));
}
