/** What the runner itself keeps of the migrations that have run. */
import { sqlState } from '../engine/translate.js';
import { quoteName } from '../names.js';
import type { PgClient, Session } from '../session.js';
import { quoteIdent } from '../sql.js';

/** Names in the runner's ledger; none when there is no ledger yet. */
export async function namesIn(
  client: PgClient,
  ledger: Session['ledger'],
  inTransaction: boolean,
): Promise<ReadonlySet<string>> {
  if (ledger === undefined || !(await isThere(client, ledger))) return new Set();
  return readNames(client, ledger, inTransaction);
}

type Ledger = NonNullable<Session['ledger']>;

export async function isThere(client: PgClient, { table }: Ledger): Promise<boolean> {
  const { rows } = await client.query({
    text: 'SELECT pg_catalog.to_regclass($1) IS NOT NULL AS found',
    values: [quoteName(table)],
  });
  return rows[0]?.['found'] === true;
}

export async function readNames(
  client: PgClient,
  { column, table }: Ledger,
  inTransaction: boolean,
): Promise<ReadonlySet<string>> {
  try {
    const { rows } = await client.query({ text: `SELECT ${quoteIdent(column)} AS name FROM ${quoteName(table)}` });
    return new Set(rows.map((row) => String(row['name'])));
  } catch (error) {
    // Another table under the name tells nothing. In a transaction the error has ended it.
    if (inTransaction || sqlState(error) === null) throw error;
    return new Set();
  }
}
