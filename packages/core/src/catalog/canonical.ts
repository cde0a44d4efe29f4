/**
 * Tier 2 of the comparison: the server's own canonical form. Both sides are put on a temporary copy of the table and read back, because
 * the printed form is not stable over dump and restore. Everything is rolled back; only ACCESS SHARE is taken on the live table.
 */

import { sqlState } from '../engine/translate.js';
import { type ObjectName, quoteName } from '../names.js';
import type { Connection, Row } from '../postgres/connection.js';
import { quoteIdent } from '../sql.js';

/** Name of the temporary copy inside the statements. */
export const SHADOW = 'pg_temp.holdfast_shadow';

// Not allowed to make temporary tables (42501), a read-only server or transaction (25006): equality stays unproved.
// Errors of the definitions themselves (42…, 22…) say the same: this text does not become the stored one.
const UNANSWERED = /^(42|22|25006|0A|55P04)/;
/** Nothing is wrong with the definition: the server is read-only, or a label of an enum is not committed yet. */
const UNABLE = /^(25006|55P04)/;

/** Runs statements and takes them all back. Answers the rows of the last one that has any, or null for an error in `unanswered`. */
export async function takenBack(
  connection: Connection,
  statements: readonly string[],
  unanswered: RegExp = UNANSWERED,
): Promise<readonly Row[] | null> {
  const inTransaction = (await connection.transaction()) !== 'none';
  const begin = inTransaction ? 'SAVEPOINT holdfast_shadow' : 'BEGIN';
  const end = inTransaction
    ? ['ROLLBACK TO SAVEPOINT holdfast_shadow', 'RELEASE SAVEPOINT holdfast_shadow']
    : ['ROLLBACK'];
  // In a message of its own: a syntax error behind it would be found before it is begun, and nothing could be taken back.
  await connection.script([begin]);
  try {
    return await connection.script([...statements, ...end]);
  } catch (error) {
    if ((await connection.transaction()) !== 'none') await connection.script(end);
    if (unanswered.test(sqlState(error) ?? '')) return null;
    throw error;
  }
}

/** How a kind of definition is put on the copy and read back. */
export interface Canon {
  /** Statement that puts a definition on the copy under a name. */
  put(name: string, text: string): string;
  /** Query that answers `name` and `text` of all that was put, as the server prints them. */
  readonly read: string;
  /** Name of the copy, in the temporary schema, where definitions may call the table by its own. */
  readonly copy?: string;
}

/**
 * Does the server make the same of both texts? `stored` is what it prints of the live object. Some definitions print differently once
 * the server has read its own print (`a IN ('x')` of a varchar), as after a restore of a dump: the wanted one is then sent through a
 * second time. False is no proof of a difference. Without a `table` nothing is copied: the definitions stand by themselves.
 */
export async function sameCanonicalForm(
  connection: Connection,
  table: ObjectName | null,
  canon: Canon,
  { wanted, stored }: { readonly wanted: string; readonly stored: string },
): Promise<boolean> {
  const print = (texts: Readonly<Record<string, string>>): Promise<ReadonlyMap<unknown, unknown> | null> =>
    printOnShadow(connection, table, canon, { texts, unanswered: UNANSWERED });
  const once = await print({ holdfast_wanted: wanted, holdfast_stored: stored });
  const first = once?.get('holdfast_wanted');
  const target = once?.get('holdfast_stored');
  if (typeof first !== 'string' || typeof target !== 'string') return false;
  if (first === stored || first === target) return true;
  return (await print({ holdfast_wanted: first }))?.get('holdfast_wanted') === target;
}

/**
 * How the server prints definitions, by the name each was given; one that it does not store, such as DEFAULT NULL, is left out. Null when
 * it cannot be asked here. Rejects with the server's error when it does not take a definition.
 */
export function canonicalForms(
  connection: Connection,
  table: ObjectName | null,
  canon: Canon,
  texts: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<unknown, unknown> | null> {
  return printOnShadow(connection, table, canon, { texts, unanswered: UNABLE });
}

async function printOnShadow(
  connection: Connection,
  table: ObjectName | null,
  canon: Canon,
  { texts, unanswered }: { readonly texts: Readonly<Record<string, string>>; readonly unanswered: RegExp },
): Promise<ReadonlyMap<unknown, unknown> | null> {
  const statements = Object.entries(texts).map(([name, text]) => canon.put(name, text));
  const rows = await takenBack(connection, [...copyOf(table, canon.copy), ...statements, canon.read], unanswered);
  return rows === null ? null : new Map(rows.map((row) => [row['name'], row['text']]));
}

function copyOf(table: ObjectName | null, name = 'holdfast_shadow'): readonly string[] {
  return table === null ? [] : [`CREATE TEMPORARY TABLE ${quoteIdent(name)} (LIKE ${quoteName(table)}) ON COMMIT DROP`];
}
