/** Row level security must not make a question answer for a part of the rows as if it were all of them. */
import { isNamed, PID } from '../catalog/relation.js';
import { PrivilegeError } from '../errors.js';
import { type ObjectName, printName } from '../names.js';
import type { Connection } from '../postgres/connection.js';
import { sql } from '../sql.js';

/** Throws `PrivilegeError` when row level security is active for the role on one of the tables. */
export async function requireAllRows(
  connection: Connection,
  operation: string,
  tables: readonly ObjectName[],
): Promise<void> {
  const looks = tables.map(
    (table, i) =>
      sql`select ${PID}, ${i}::int as place, current_user::text as role from pg_catalog.pg_class c where ${isNamed('c', table)} and pg_catalog.row_security_active(c.oid)`,
  );
  const { rows } = await connection.read(sql`${sql.join(looks, ' union all ')} order by place`);
  const [first] = rows;
  if (first === undefined) return;
  const hidden = rows.map((row) => printName(tables[Number(row['place'])] as ObjectName));
  throw new PrivilegeError({
    operation,
    target: hidden[0] as string,
    happened: `row level security is active for the role ${String(first['role'])} on ${hidden.join(' and ')}: rows that it hides would be left out without a word.`,
    hint: "Run as a role with BYPASSRLS, or as the table's owner without FORCE ROW LEVEL SECURITY.",
  });
}
