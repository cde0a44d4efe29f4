/** The two flags of row level security on a table. */
import type { Facts } from '../engine/operation.js';
import { type ObjectName, printName } from '../names.js';
import type { Reader } from '../postgres/connection.js';
import { sql } from '../sql.js';
import { lookAtTable } from './relation.js';

export interface RowSecurityFacts extends Facts<{ readonly enabled: boolean; readonly forced: boolean }> {
  readonly table: ObjectName;
  readonly policies: number;
}

/** One round trip. */
export async function readRowSecurity(reader: Reader, table: ObjectName): Promise<RowSecurityFacts> {
  const { row, name, missing } = await lookAtTable(reader, table, {
    columns: sql`c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
      (select pg_catalog.count(*)::int from pg_catalog.pg_policy p where p.polrelid = c.oid) as policies`,
  });
  return {
    target: printName(name),
    state: { enabled: row['enabled'] === true, forced: row['forced'] === true },
    begun: false,
    differences: [],
    missing,
    table: name,
    policies: Number(row['policies'] ?? 0),
  };
}
