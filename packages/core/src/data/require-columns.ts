/** Says by name which tables and columns a question needs, before the server says it by number. */
import { findNearMisses, printMissing } from '../catalog/near-misses.js';
import { missingColumns, tableExists } from '../checks.js';
import type { Parent } from '../engine/operation.js';
import { PrerequisiteError } from '../errors.js';
import { type ObjectName, printName } from '../names.js';
import type { Connection } from '../postgres/connection.js';

/** Throws `PrerequisiteError` with all that is missing, and with names that look alike. */
export async function requireColumns(
  connection: Connection,
  operation: string,
  wanted: readonly { readonly table: ObjectName; readonly columns: readonly string[] }[],
): Promise<void> {
  const parents: Parent[] = [];
  for (const { table, columns } of wanted) {
    const lacking = await missingColumns(connection, table, columns);
    if (lacking.length === 0) continue;
    const there = await tableExists(connection, table);
    const name = printName(table);
    parents.push(
      ...(there
        ? lacking.map((column): Parent => ({ kind: 'column', name: `${name}.${column}` }))
        : [{ kind: 'table', name } as const]),
    );
  }
  if (parents.length === 0) return;
  const missing = await findNearMisses(connection, parents);
  throw new PrerequisiteError({
    operation,
    target: parents[0]?.name ?? '',
    missing,
    happened: `something it needs does not exist:\n${printMissing(missing)}`,
    hint: 'Correct the names, or ask before: tableExists, columnExists.',
  });
}
