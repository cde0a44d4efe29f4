/** The bare `pg` client as a host. */
import { parseColumnDefinition } from './column-definition.js';
import { InvalidArgumentError, UnsupportedError } from './errors.js';
import type { CompiledColumn, HostForms, PgClient, Session, Situation } from './session.js';

/** Definitions on the bare client: SQL text only. */
export interface PgForms extends HostForms {
  readonly table: never;
  readonly namedTable: never;
  /** Several columns, by name: `{ email: 'varchar(100)', code: 'text UNIQUE' }`. */
  readonly column: Readonly<Record<string, string>>;
  readonly index: never;
  readonly foreignKey: never;
  readonly check: never;
  readonly unique: never;
  readonly exclusion: never;
}

const CURES: Readonly<Record<Situation, string>> = {
  'no-transaction': 'Run it outside of a transaction: call it before BEGIN or after COMMIT, on the same client.',
  pool: 'Pass one client of the pool:\n  const client = await pool.connect();\n  try { … guard(client) … } finally { client.release(); }',
  recovery: 'ROLLBACK, then run again.',
  'own-transaction': 'COMMIT after adding the value, and use it in the next transaction.',
};

/** A session on one `pg` client. A pool is refused: its statements would land on different connections. */
export function pgSession(client: PgClient): Session<PgForms> {
  const shape = client as { readonly connect?: unknown; readonly totalCount?: unknown; readonly query?: unknown };
  if (typeof shape !== 'object' || shape === null || typeof shape.query !== 'function') {
    throw new InvalidArgumentError({
      operation: 'guard',
      // What it holds may be a password.
      target: client === null ? 'null' : typeof client,
      happened: 'this is not a client of the package pg.',
      hint: 'Pass a connected pg Client. For Knex use @holdfast/knex, for TypeORM @holdfast/typeorm.',
    });
  }
  if (typeof shape.totalCount === 'number') {
    throw new InvalidArgumentError({
      operation: 'guard',
      target: 'Pool',
      happened: 'this is a pool: each statement could run on another connection.',
      hint: CURES.pool,
    });
  }
  return {
    host: 'pg',
    lease: () => Promise.resolve({ client, release: () => undefined }),
    requireOpen: () => requireConnected(client),
    log: () => undefined,
    columns: (operation, _table, definitions) => columnsOfText(operation, definitions),
    table: (operation) =>
      Promise.reject(
        textOnly(operation, 'a table', `Write ${operation}('users', 'id bigint PRIMARY KEY, email text NOT NULL').`),
      ),
    cure: (situation) => CURES[situation],
    commands: {
      status: 'psql -c "\\d"   # or the status command of your runner',
      up: 'the command of your runner that applies pending migrations',
      make: 'the command of your runner that makes a new migration',
    },
  };
}

function textOnly(operation: string, what: string, hint: string): UnsupportedError {
  return new UnsupportedError({ operation, target: '', happened: `the definition of ${what} is SQL text here.`, hint });
}

/** A column written as SQL text, which every host takes beside its own form. */
export function columnOfText(operation: string, column: string, definition: string): CompiledColumn {
  const { column: parsed, constraints } = parseColumnDefinition(operation, column, definition);
  return { name: column, definition: parsed, constraints };
}

/** Queries on a client that nobody connects wait for ever. */
function requireConnected(client: PgClient): void {
  const { _connected: connected, _connecting: connecting } = client as { _connected?: boolean; _connecting?: boolean };
  if (connected !== false || connecting !== false) return;
  throw new InvalidArgumentError({
    operation: 'guard',
    target: 'Client',
    happened: 'this client is not connected: its queries would wait for ever.',
    hint: 'Connect it first:\n  await client.connect();',
  });
}

function columnsOfText(operation: string, definitions: unknown): Promise<readonly CompiledColumn[]> {
  const entries: readonly (readonly [string, unknown])[] =
    typeof definitions === 'object' && definitions !== null && !Array.isArray(definitions)
      ? Object.entries(definitions)
      : [];
  if (entries.length === 0 || entries.some(([, text]) => typeof text !== 'string'))
    throw new InvalidArgumentError({
      operation,
      target: '',
      happened: 'the definition of a column is SQL text here.',
      hint: `Write ${operation}(table, 'email', 'varchar(100) NOT NULL'), or several columns as { email: 'varchar(100)', code: 'text' }.`,
    });
  return Promise.resolve(entries.map(([name, text]) => columnOfText(operation, name, text as string)));
}
