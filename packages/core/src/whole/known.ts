/** What one run knows of one database. */
import type { HostTransaction } from '../body/host-transaction.js';
import type { PgClient } from '../session.js';
import type { Journal } from './journal.js';
import type { LiveCatalog } from './live-catalog.js';
import type { Standing } from './standing.js';

export class Known {
  /** As the last migration left it. */
  live: LiveCatalog | undefined;
  standing: Standing | undefined;
  readonly journal: Journal;
  /** Of the transaction that it was read in: what comes to it there, the migrations of this run bring. */
  ledger: { readonly transaction: HostTransaction; readonly names: Set<string> } | undefined;
  /** The ledger has been found. */
  ledgerThere = false;
  /** In which a table without a schema is made. */
  schema: string | undefined;
  /** What the pending migrations need has been looked for. */
  looked = false;
  /** In which it was learned. */
  readonly transaction: HostTransaction | null;

  constructor(journal: Journal, transaction: HostTransaction | null) {
    [this.journal, this.transaction] = [journal, transaction];
  }
}

/** `public` where there is none: then nothing without a schema can be made. */
export async function currentSchema(client: PgClient): Promise<string> {
  const { rows } = await client.query({
    text: "SELECT coalesce(pg_catalog.current_schema(), 'public')::text AS schema",
  });
  return String(rows[0]?.['schema']);
}
