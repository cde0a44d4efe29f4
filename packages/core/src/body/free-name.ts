/** Is there anything under the name of a table that is to be made? */
import { PID } from '../catalog/relation.js';
import type { RunContext } from '../engine/context.js';
import { type ObjectName, quoteName } from '../names.js';
import { sql } from '../sql.js';

/** No relation has the name, wherever a name without a schema is looked for. */
export async function isFree({ connection }: RunContext, table: ObjectName): Promise<boolean> {
  const { rows } = await connection.read(
    sql`select ${PID}, pg_catalog.to_regclass(${quoteName(table)}) is null as free`,
  );
  return rows[0]?.['free'] === true;
}

/** More are not read: to ask for each name is cheaper then. */
const MOST = 2000;

/** The bare names of all relations that are not the server's own (their oids are below 16384, transam.h); null where they are more than 2000. */
export async function namesTaken({ connection }: RunContext): Promise<ReadonlySet<string> | null> {
  const { rows } = await connection.read(
    sql`select ${PID}, (select pg_catalog.json_agg(n.relname) from (select c.relname from pg_catalog.pg_class c
      where c.oid >= 16384 and c.relnamespace <> 'pg_toast'::pg_catalog.regnamespace limit ${MOST + 1}) n) as names`,
  );
  const names = (rows[0]?.['names'] ?? []) as readonly string[];
  return names.length > MOST ? null : new Set(names);
}
