/** The table `holdfast_journal` of a database, for one command. */
import {
  type CatalogLines,
  type History,
  historyOf,
  ignoredTables,
  JOURNAL,
  Journal,
  type Marks,
  namesIn,
  RefusedError,
  readCatalogLines,
} from '@holdfast/core';
import type pg from 'pg';
import { withConnection } from '../connection.js';
import type { Io } from '../exit.js';
import { type LockFile, readLockFile } from '../lock-file.js';
import type { TargetValues } from './options.js';

export interface OpenJournal extends LockFile {
  readonly client: pg.Client;
  readonly journal: Journal;
  readonly history: History;
  readonly live: CatalogLines;
  readonly marks: Marks;
  /** Names in the ledger of the runner. */
  readonly inLedger: ReadonlySet<string>;
  /** Says what was noted, once that is committed. */
  say(text: string): void;
}

/** All that `use` does is one transaction, taken back when it answers another exit code than 0. Makes the table where there is none, and marks what the runner's ledger has, as the guard does. */
export async function withJournal(
  operation: string,
  values: TargetValues,
  { env, out }: Io,
  use: (open: OpenJournal) => Promise<number>,
): Promise<number> {
  const file = readLockFile(values['lock-file'], operation);
  const said: string[] = [];
  const code = await withConnection({ url: values.url, operation, env }, async (client) => {
    await client.query('BEGIN');
    try {
      const { lock } = file;
      const [ledger] = ignoredTables(lock);
      const schema = values['journal-schema'] ?? (await schemaOfJournal(client, operation, ledger));
      const journal = new Journal({ schema, name: JOURNAL }, ledger?.name ?? '');
      const live = await readCatalogLines(client, { ignoreTables: [...ignoredTables(lock), { name: JOURNAL }] });
      const own =
        ledger === undefined ? undefined : { table: { schema: ledger.schema, name: ledger.name }, column: 'name' };
      const inLedger = await namesIn(client, own, true);
      const { made, listed, marks } = await journal.begin(client, inLedger);
      const also = listed.length === 0 ? '' : `, with a mark for each migration in ${ledger?.name}: ${listed.length}`;
      if (made) said.push(`Made the table ${JOURNAL}${also}.`);
      const ended = await use({
        ...file,
        client,
        journal,
        history: historyOf(lock),
        live,
        marks,
        inLedger,
        say: (text) => said.push(text),
      });
      await client.query(ended === 0 ? 'COMMIT' : 'ROLLBACK');
      return ended;
    } catch (error) {
      // The first error is the one to report; a connection that is gone has rolled back by itself.
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  });
  if (code === 0) for (const text of said) out(text);
  return code;
}

/** Where the table is, else where the ledger is; undefined: what the session takes. */
async function schemaOfJournal(
  client: pg.Client,
  operation: string,
  ledger: { readonly schema?: string; readonly name: string } | undefined,
): Promise<string | undefined> {
  const journals = await schemasWith(client, JOURNAL);
  if (journals.length > 1) throw several(operation, journals);
  return journals[0] ?? ledger?.schema;
}

async function schemasWith(client: pg.Client, table: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ schema: string }>(
    `SELECT n.nspname AS schema FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relname = $1 AND c.relkind IN ('r', 'p') ORDER BY 1`,
    [table],
  );
  return rows.map(({ schema }) => schema);
}

function several(operation: string, schemas: readonly string[]): RefusedError {
  return new RefusedError({
    operation,
    target: schemas.map((schema) => `${schema}.${JOURNAL}`).join(', '),
    happened: 'there are several.',
    hint: `Name the one of these migrations:\n${schemas.map((schema) => `  npx ${operation} … --journal-schema ${schema}`).join('\n')}`,
  });
}

/** Throws `RefusedError` for names that the lock file does not have. */
export function requireKnown({ path, lock }: LockFile, operation: string, names: readonly string[], way = ''): void {
  const known = lock.migrations.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const near = known.filter((name) => unknown.some((each) => name.includes(each) || each.includes(name)));
  throw new RefusedError({
    operation,
    target: unknown.join(', '),
    happened: `${path} has no such migration${near.length === 0 ? '' : `; it has ${near.slice(0, 5).join(', ')}`}.`,
    hint: `Write the name as the ledger of the runner has it, or make the file anew:\n  npx holdfast lock${way}`,
  });
}
