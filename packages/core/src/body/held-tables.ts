/** What a transaction has of a table already need not be waited for again. */
import type { RunContext } from '../engine/context.js';
import type { Surroundings } from '../engine/surroundings.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { truncateName } from '../sql.js';
import { isFree, namesTaken } from './free-name.js';
import { tablesOf, type Written } from './run-statement.js';

/**
 * Tables that the host's transaction has made, or holds in ACCESS EXCLUSIVE, and that are not large: a further statement on them waits for
 * nobody, and nobody waits longer for it.
 */
export class HeldTables {
  readonly #names = new Set<string>();
  readonly #made = new Set<string>();
  /** Names that were taken before it made any; null where they are too many to have them all. */
  #taken: ReadonlySet<string> | null | undefined;
  /** See `Known`. */
  #asides: number | undefined;
  /** The user has a limit of his own; undefined as long as only tables that are made here have come. */
  #ownLimit: boolean | undefined;

  /** Does the statement lock nothing else? */
  cover(statement: Written): boolean {
    const tables = tablesOf(statement);
    return tables.length > 0 && tables.every((name) => this.#names.has(quoteName(name)));
  }

  /** In one message, with the limit of every step all the same, where that may be set: what it locks besides, nobody has declared. */
  async run({ connection, settings }: RunContext, { text }: Written): Promise<void> {
    // It may end with a comment, which would take the semicolon along.
    const statement = `${text}\n`;
    const limited = [`SET LOCAL lock_timeout = ${settings.lockTimeoutMs}`, statement, 'RESET lock_timeout'];
    await connection.script(this.#ownLimit === false ? limited : [statement]);
  }

  /** After its CREATE TABLE, in the host's transaction. */
  made(table: ObjectName): void {
    this.#names.add(quoteName(table));
    this.#made.add(quoteName(table));
  }

  /** Its CREATE TABLE was seen: what it has, this transaction has given it. */
  isMade(table: ObjectName): boolean {
    return this.#made.has(quoteName(table));
  }

  /**
   * Has no relation the name? What others make under it meanwhile, and this transaction by other statements than those that it tells of, the
   * server refuses.
   */
  async isFree(context: RunContext, table: ObjectName): Promise<boolean> {
    if (this.isMade(table)) return false;
    if (this.#taken === undefined) this.#taken = await namesTaken(context);
    return this.#taken?.has(truncateName(table.name)) === false || isFree(context, table);
  }

  /** What operations and questions did on the connection by themselves, nobody has seen. */
  keepUp(asides: number): void {
    if (asides !== this.#asides) this.forget();
    this.#asides = asides;
  }

  /** After the statement, in the host's transaction, when the names mean what they did. */
  learn({ settings }: RunContext, statement: Written, { tables, ownLockTimeout }: Surroundings): void {
    this.#ownLimit = ownLockTimeout;
    for (const name of tablesOf(statement)) {
      const { bytes = 0, madeHere = false } = tables.get(printName(name)) ?? {};
      const held = statement.locks.some(
        ({ on, mode }) => mode === 'AccessExclusiveLock' && quoteName(on) === quoteName(name),
      );
      if (madeHere || (held && bytes < settings.largeTableBytes)) this.#names.add(quoteName(name));
    }
  }

  /** See `unsettles`. */
  forget(): void {
    this.#names.clear();
    this.#made.clear();
    this.#taken = undefined;
    this.#ownLimit = undefined;
  }
}
