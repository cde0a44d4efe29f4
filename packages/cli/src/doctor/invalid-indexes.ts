/** Indexes that a failed CREATE INDEX CONCURRENTLY has left: no query uses them, and every write maintains them. */
import { type Check, type DatabaseSubject, ok } from './check.js';

export const invalidIndexes: Check<DatabaseSubject> = {
  name: 'indexes',
  async look({ client }) {
    const { rows } = await client.query<{ index: string; table: string; kind: string; building: boolean }>(
      `SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS index, i.indrelid::regclass::text AS table, c.relkind AS kind,
         EXISTS (SELECT 1 FROM pg_catalog.pg_locks l WHERE l.relation = i.indrelid AND l.mode = 'ShareUpdateExclusiveLock' AND l.pid <> pg_catalog.pg_backend_pid()) AS building
       FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE NOT i.indisvalid AND n.nspname NOT LIKE 'pg\\_%' ORDER BY 1`,
    );
    if (rows.length === 0) return [ok('all are valid.')];
    return rows.map(({ index, table, kind, building }) => {
      if (kind === 'I')
        return {
          level: 'warning',
          found: `${index} on the partitioned table ${table} is INVALID: some partition has no index of its own attached to it.`,
          cure: `See which are:\n  SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = '${index}'::regclass;`,
        } as const;
      return {
        level: building ? 'warning' : 'problem',
        found: `${index} on ${table} is INVALID${building ? ', and may be in the making: somebody works on the table' : ''}.`,
        cure: `Run the migration that makes it again, guarded: it is dropped and built anew. Or by hand:\n  DROP INDEX CONCURRENTLY ${index};`,
      } as const;
    });
  },
};
