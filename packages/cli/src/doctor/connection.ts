/** Does the connection lead to a server that migrations can run on, and straight to it? */
import { type Check, type DatabaseSubject, ok } from './check.js';

export const connection: Check<DatabaseSubject> = {
  name: 'connection',
  async look({ client }) {
    const { rows } = await client.query<{ pid: number; standby: boolean; readonly: boolean }>(
      "SELECT pg_catalog.pg_backend_pid() AS pid, pg_catalog.pg_is_in_recovery() AS standby, pg_catalog.current_setting('default_transaction_read_only') = 'on' AS readonly",
    );
    const [{ pid, standby, readonly } = { pid: 0, standby: false, readonly: false }] = rows;
    const told = (client as unknown as { readonly processID: number | null }).processID;
    const findings = [
      ...(told !== null && told !== pid ? [POOLER] : []),
      ...(standby ? [STANDBY] : []),
      ...(readonly && !standby ? [READ_ONLY] : []),
    ];
    return findings.length > 0 ? findings : [ok('straight to a server that takes writes.')];
  },
};

const POOLER = {
  level: 'problem',
  found:
    'there is a pooler such as PgBouncer between here and the server (it tells another process id than the server does). In transaction mode it hands the session to somebody else after each statement: locks and settings of a session hold for nobody.',
  cure: "Connect migrations directly to PostgreSQL (usually port 5432 instead of 6432).\nIf the pooler gives each client a session of its own (pool_mode = session), say so:\n  guardedDataSource(dataSource, { lock: { poolMode: 'session' } })\n  npx holdfast exclusive --pool-mode session -- …",
} as const;

const STANDBY = {
  level: 'problem',
  found: 'the server is a standby: nothing can be changed on it.',
  cure: 'Connect to the primary. In a connection string with several hosts: target_session_attrs=read-write (libpq), else name its host.',
} as const;

const READ_ONLY = {
  level: 'problem',
  found: 'transactions are read-only by default_transaction_read_only of the role, the database or the server.',
  cure: "See where it comes from, then run migrations as a role that may write:\n  SELECT setting, source, sourcefile FROM pg_settings WHERE name = 'default_transaction_read_only';",
} as const;
