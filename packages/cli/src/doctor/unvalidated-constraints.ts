/** Constraints that are NOT VALID: new rows must keep them, older ones may not. */
import { type Check, type DatabaseSubject, ok } from './check.js';

export const unvalidatedConstraints: Check<DatabaseSubject> = {
  name: 'constraints',
  async look({ client }) {
    const { rows } = await client.query<{ name: string; table: string; definition: string }>(
      `SELECT pg_catalog.quote_ident(k.conname) AS name, k.conrelid::regclass::text AS table, pg_catalog.pg_get_constraintdef(k.oid) AS definition
       FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace
       WHERE NOT k.convalidated AND k.conrelid <> 0 AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 2, 1`,
    );
    if (rows.length === 0) return [ok('all are validated.')];
    return rows.map(({ name, table, definition }) => ({
      level: 'warning',
      found: `${name} on ${table} is not validated: ${definition}`,
      cure: `Run the migration that makes it again, guarded: it is validated. Or by hand, which reads all rows while reads and writes go on:\n  ALTER TABLE ${table} VALIDATE CONSTRAINT ${name};`,
    }));
  },
};
