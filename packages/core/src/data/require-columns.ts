/** Says by name which tables and columns a question needs, before the server says it by number. */
import { findNearMisses, printMissing } from '../catalog/near-misses.js';
import { lookAtTable } from '../catalog/relation.js';
import { missingColumns } from '../checks.js';
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
  for (const { table, columns: asked } of wanted) {
    const lacking = await missingColumns(connection, table, asked);
    if (lacking.length === 0) continue;
    const { name, missing } = await lookAtTable(connection, table, { kinds: 'rpvmf' });
    const columns = lacking.map((column): Parent => ({ kind: 'column', name: `${printName(name)}.${column}` }));
    parents.push(...(missing.length > 0 ? missing : columns));
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
