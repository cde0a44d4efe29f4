/**
 * Tier 2 of the comparison: the server's own canonical form. Both sides are put on a temporary copy of the table and read back, because
 * the printed form is not stable over dump and restore. Everything is rolled back; only ACCESS SHARE is taken on the live table.
 */

import { sqlState } from '../engine/translate.js';
import { type ObjectName, quoteName } from '../names.js';
import type { Connection, Row } from '../postgres/connection.js';

/** Name of the temporary copy inside the statements. */
export const SHADOW = 'pg_temp.holdfast_shadow';

// Not allowed to make temporary tables (42501), a read-only server or transaction (25006): equality stays unproved.
// Errors of the definitions themselves (42…, 22…) say the same: this text does not become the stored one.
const UNANSWERED = /^(42|22|25006|0A|55P04)/;

/** Runs statements on a temporary copy of `table` and answers the rows of the last one, or null when the server cannot. */
export async function onShadow(
  connection: Connection,
  table: ObjectName,
  statements: readonly string[],
): Promise<readonly Row[] | null> {
  const inTransaction = (await connection.transaction()) !== 'none';
  const begin = inTransaction ? 'SAVEPOINT holdfast_shadow' : 'BEGIN';
  const end = inTransaction
    ? ['ROLLBACK TO SAVEPOINT holdfast_shadow', 'RELEASE SAVEPOINT holdfast_shadow']
    : ['ROLLBACK'];
  const make = `CREATE TEMPORARY TABLE holdfast_shadow (LIKE ${quoteName(table)}) ON COMMIT DROP`;
  try {
    return await connection.script([begin, make, ...statements, ...end]);
  } catch (error) {
    if ((await connection.transaction()) !== 'none') await connection.script(end);
    if (UNANSWERED.test(sqlState(error) ?? '')) return null;
    throw error;
  }
}
