/** One `pg` client as the engine sees it: text in, plain values out, state of the transaction known. */
import { UnsupportedError } from '../errors.js';
import type { Notice, PgClient, PgQuery, PgResult, Session } from '../session.js';
import { compileSql, type SqlFragment } from '../sql.js';
import { learnDirect, recall, statementName } from './known.js';
import { composeRecurring, type Recurring } from './recurring.js';
import { openSecond } from './second-connection.js';
import { ownClient, untapped } from './tap.js';

/** Whose transaction the connection is in: none, one that somebody else began, or one that has failed and only takes ROLLBACK. */
export type TransactionState = 'none' | 'host' | 'aborted';

export type Row = Readonly<Record<string, unknown>>;

/** Where an inspection reads from. */
export interface Reader {
  /** Runs a query whose text recurs, as a prepared statement where that is safe. */
  read(query: SqlFragment): Promise<Answer>;
}

export interface Answer {
  readonly rows: readonly Row[];
  /** Type and modifier of each output column: how the type of `null::varchar(100)` is learnt. */
  typeOf(column: string): { readonly oid: number; readonly modifier: number };
}

interface Emitter {
  on?(event: 'notice', listener: (notice: Notice) => void): unknown;
  removeListener?(event: 'notice', listener: (notice: Notice) => void): unknown;
}

/** A connection for the length of one operation. */
export class Connection implements Reader {
  /** Messages sent and waited for. */
  roundTrips = 0;
  readonly #client: PgClient;
  readonly #log: Session['log'];
  readonly #requireOpen: () => void;

  /** `requireOpen` throws when the host's transaction has ended: the connection may serve somebody else by then. */
  constructor(client: PgClient, { log, requireOpen }: Pick<Session, 'log' | 'requireOpen'>) {
    this.#client = untapped(client);
    this.#log = log;
    this.#requireOpen = requireOpen ?? (() => undefined);
  }

  async read(query: SqlFragment): Promise<Answer> {
    const { text, params } = compileSql(query);
    const known = recall(this.#client);
    const values = [...params];
    const result = await this.#send(
      known.direct ? { name: statementName(text), text, values, types: PLAIN } : { text, values, types: PLAIN },
    );
    known.direct ??= learnDirect(this.#client, result);
    return { rows: result.rows, typeOf: (column) => typeOf(result, column) };
  }

  /** Runs one statement that is not repeated. Values come in plain form, see `PLAIN`. */
  async query(text: string, params: readonly unknown[] = []): Promise<readonly Row[]> {
    return (await this.#send({ text, values: [...params], types: PLAIN })).rows;
  }

  /** Like `query`, with the values parsed as the host's driver is set up to do. */
  async hostQuery(query: SqlFragment): Promise<readonly Row[]> {
    const { text, params } = compileSql(query);
    return (await this.#send({ text, values: [...params] })).rows;
  }

  /** Runs a statement that changes something, shown in the host's query log. Answers the number of rows changed. */
  async change(text: string): Promise<number> {
    this.#log(text, []);
    // The extended protocol takes one statement and no more: an expression that ends it and begins another is an error.
    return (await this.#send({ text, queryMode: 'extended' })).rowCount ?? 0;
  }

  /** For what speaks to the client in its own way, in one round trip. */
  through<T>(send: (client: PgClient) => Promise<T>): Promise<T> {
    this.#requireOpen();
    this.roundTrips += 1;
    return send(this.#client);
  }

  /** Sends several statements in one message. Outside a transaction they form one of their own; rows of the last SELECT come back. */
  async script(statements: readonly string[]): Promise<readonly Row[]> {
    const answer: unknown = await this.#send({ text: statements.join(';\n') });
    const results = Array.isArray(answer) ? (answer as readonly PgResult[]) : [answer as PgResult];
    return results.findLast((r) => r.fields.length > 0)?.rows ?? [];
  }

  /** One message that comes again and again. Answers what each statement did; values come in plain form, see `PLAIN`. */
  async repeat(recurring: Recurring): Promise<readonly PgResult[]> {
    const { statements, sent } = composeRecurring(this.#client, recurring);
    const results = (await this.#send({
      text: statements.join(';\n'),
      types: PLAIN,
    })) as unknown as readonly PgResult[];
    sent();
    const known = recall(this.#client);
    for (const result of results) known.direct ??= learnDirect(this.#client, result);
    return results;
  }

  /**
   * Runs `look` on a second connection, made for it: while this one is busy, or has failed. Rejects with the driver's error where there
   * can be none. `pid` is the server process of this one; null when a pooler hides it, so that it must not be looked for.
   */
  async beside<T>(look: (second: Connection, pid: number | null) => Promise<T>): Promise<T> {
    const second = await openSecond(this.#client, 'holdfast: looking who blocks');
    try {
      const { direct } = recall(this.#client);
      return await look(
        new Connection(second.client, { log: this.#log }),
        direct === true ? (this.#client.processID ?? null) : null,
      );
    } finally {
      await second.close();
    }
  }

  /**
   * One more connection, under `name` as application_name, with the role and with all that was SET for the session, except settings of
   * the user's own making (`app.user`), which the server does not list. Rejects with the driver's error where there can be none.
   */
  async another(name: string): Promise<{ readonly connection: Connection; close(): Promise<void> }> {
    const [session] = await this.query(
      `select pg_catalog.current_setting('role') as role, (select coalesce(pg_catalog.json_object_agg(s.name, s.setting), '{}') from pg_catalog.pg_settings s
         where s.source = 'session' and s.context in ('user', 'superuser') and s.name not in ('application_name', 'role', 'session_authorization')) as settings`,
    );
    const second = await openSecond(this.#client, name);
    const connection = new Connection(second.client, { log: this.#log });
    try {
      for (const [setting, value] of Object.entries((session?.['settings'] ?? {}) as Readonly<Record<string, string>>))
        await connection.query('select pg_catalog.set_config($1, $2, false)', [setting, value]);
      // Last: the role may not be allowed what was set before it.
      await connection.query(`select pg_catalog.set_config('role', $1, false)`, [session?.['role']]);
    } catch (error) {
      await second.close();
      throw error;
    }
    return { connection, close: () => second.close() };
  }

  /** What the server says meanwhile, beside its answers; nothing where the session asks for errors alone (`client_min_messages`). */
  async hear<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly notices: readonly Notice[] }> {
    const notices: Notice[] = [];
    const listener = (notice: Notice): unknown => notices.push(notice);
    const client = ownClient(this.#client) as Emitter;
    client.on?.('notice', listener);
    try {
      return { result: await work(), notices };
    } finally {
      client.removeListener?.('notice', listener);
    }
  }

  /** True when the server's process id is another one than the driver was told: statements may go to different sessions. Known after a `read`. */
  get behindPooler(): boolean {
    return recall(this.#client).direct === false;
  }

  /** Is the session still there? An error of the driver may be its end, or something else that went wrong in the process. */
  async answers(): Promise<boolean> {
    this.roundTrips += 1;
    return this.#client.query('').then(
      () => true,
      () => false,
    );
  }

  /** The state of the transaction, from the protocol's own answer; costs a round trip only with drivers that do not tell. */
  async transaction(): Promise<TransactionState> {
    const status = this.#client.getTransactionStatus?.() ?? (await this.#watchedStatus());
    if (status === 'I') return 'none';
    return status === 'E' ? 'aborted' : 'host';
  }

  async #send(query: PgQuery): Promise<PgResult> {
    // Between two messages of an operation that nobody awaits, the host may have committed.
    this.#requireOpen();
    this.roundTrips += 1;
    try {
      return await this.#client.query(query);
    } catch (error) {
      // The driver rejects when the error arrives; the state of the transaction arrives a moment later, before any next answer.
      if (isFromServer(error)) await this.#client.query('').catch(() => undefined);
      throw error;
    }
  }

  async #watchedStatus(): Promise<string> {
    this.#requireOpen();
    const known = recall(this.#client);
    if (known.status === undefined) {
      const wire = (
        this.#client as { connection?: { on(event: string, listener: (message: { status: string }) => void): void } }
      ).connection;
      if (typeof wire?.on !== 'function') throw unknownDriver();
      wire.on('readyForQuery', (message) => {
        known.status = message.status;
      });
      this.roundTrips += 1;
      await this.#client.query('');
    }
    return known.status ?? 'I';
  }
}

function typeOf(result: PgResult, column: string): { readonly oid: number; readonly modifier: number } {
  const field = result.fields.find((f) => f.name === column);
  return { oid: field?.dataTypeID ?? 0, modifier: field?.dataTypeModifier ?? -1 };
}

const identity = (value: string): unknown => value;
const number = (value: string): unknown => Number(value);
const PARSERS: Readonly<Record<number, (value: string) => unknown>> = {
  16: (value) => value === 't',
  20: number,
  21: number,
  23: number,
  26: number,
  114: (value) => JSON.parse(value) as unknown,
  3802: (value) => JSON.parse(value) as unknown,
};

/** Our own parsers: a project may have set the driver's to anything. Booleans, integers and JSON are parsed, the rest stays text. */
const PLAIN = { getTypeParser: (oid: number): ((value: string) => unknown) => PARSERS[oid] ?? identity };

/** A text that the server may not show to everybody: null for NULL and for the empty string. */
export function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function isFromServer(error: unknown): boolean {
  return (
    typeof (error as { code?: unknown } | null)?.code === 'string' &&
    typeof (error as { severity?: unknown }).severity === 'string'
  );
}

function unknownDriver(): UnsupportedError {
  return new UnsupportedError({
    operation: 'guard',
    target: 'connection',
    happened: 'this driver does not tell whether a transaction is open.',
    hint: 'Use the JavaScript client of the package pg, 8.0 or later (not pg-native).',
  });
}
