/** What a database holds, and what does not belong there after a migration. */
import { catalogOf, execute, rowsOf, withClient } from '../support/catalog.js';

export interface State {
  readonly catalog: readonly string[];
  /** For each table, how many rows, and a digest of them. */
  readonly rows: readonly string[];
}

export function readState(url: string): Promise<State> {
  return withClient(url, async (client) => ({ catalog: await catalogOf(client), rows: await rowsOf(client) }));
}

const SESSIONS = `SELECT pid, state, query FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;

/** Sessions in the database, but for the one that asks. */
export function sessions(url: string): Promise<Record<string, unknown>[]> {
  return execute(url, SESSIONS);
}

/** What a process that lives on after an error still holds: transactions, locks of any kind. */
export function held(url: string): Promise<Record<string, unknown>[]> {
  return execute(
    url,
    `SELECT state AS kind, query AS name FROM (${SESSIONS}) s WHERE state <> 'idle'
     UNION ALL SELECT locktype, coalesce(relation::regclass::text, objid::text) FROM pg_locks
       WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid()`,
  );
}

const LEFTOVERS = `
  SELECT 'invalid index' AS kind, indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid OR NOT indisready OR NOT indislive
  UNION ALL SELECT 'constraint not validated', conname FROM pg_constraint WHERE NOT convalidated
  UNION ALL SELECT 'helper', conname FROM pg_constraint WHERE conname LIKE 'holdfast%'
  UNION ALL SELECT 'helper', relname FROM pg_class WHERE relname LIKE 'holdfast%'
  UNION ALL SELECT 'temporary object', relname FROM pg_class WHERE relpersistence = 't'
  UNION ALL SELECT 'object in another schema', c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname NOT IN ('public', 'pg_catalog', 'information_schema', 'pg_toast') AND c.relpersistence <> 't'
  UNION ALL SELECT 'prepared transaction', gid FROM pg_prepared_xacts WHERE database = current_database()
  UNION ALL SELECT 'advisory lock', objid::text FROM pg_locks WHERE locktype = 'advisory'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  UNION ALL SELECT 'setting', setconfig::text FROM pg_db_role_setting
    WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** What no migration may leave behind. */
export function leftovers(url: string): Promise<Record<string, unknown>[]> {
  return execute(url, LEFTOVERS);
}
