/** Tier 2: the server's own canonical form of both indexes. */
import { type Canon, SHADOW, sameCanonicalForm } from '../../catalog/canonical.js';
import type { Connection } from '../../postgres/connection.js';
import type { CreateIndexFacts } from './facts.js';
import { printIndexTail } from './request.js';

const CANON: Canon = {
  put: (name, text) => `CREATE INDEX ${name} ON ${SHADOW} ${text}`,
  read: `SELECT c.relname AS name, substring(pg_catalog.pg_get_indexdef(c.oid) FROM ' (USING .*)$') AS text
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = '${SHADOW}'::regclass`,
};

/** Is the index of that name the wanted one, by the server's canonical form? */
export async function sameIndexOnServer(
  connection: Connection,
  facts: CreateIndexFacts,
  name: string,
): Promise<boolean> {
  const [row] = await connection.query(
    `select substring(pg_catalog.pg_get_indexdef(c.oid) from position(' ON ' || case when c.relkind = 'I' then 'ONLY ' else '' end
         || pg_catalog.format('%I.%I USING ', n.nspname, t.relname) in pg_catalog.pg_get_indexdef(c.oid))) as definition, i.indisunique as unique
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     join pg_catalog.pg_index i on i.indexrelid = c.oid join pg_catalog.pg_class t on t.oid = i.indrelid
     where n.nspname = $1::name and c.relname = $2::name`,
    [facts.name.schema ?? null, name],
  );
  const definition = String(row?.['definition'] ?? '');
  if (row === undefined || (row['unique'] === true) !== (facts.wanted.unique === true)) return false;
  const stored = definition.slice(definition.indexOf(' USING ') + 1);
  return sameCanonicalForm(connection, facts.table, CANON, { wanted: printIndexTail(facts.wanted), stored });
}
