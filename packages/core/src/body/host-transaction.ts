/**
 * A transaction of the host as long as it lasts, through all the migrations that run in it: what is known of its tables. It listens to what
 * the server answers, and changes nothing of the client.
 */
import { ownClient } from '../postgres/tap.js';
import type { PgClient } from '../session.js';
import { HeldTables } from './held-tables.js';

/** Whoever keeps in mind what was done in the transaction. */
export interface Keeper {
  /** Some or all of it is rolled back. */
  undone(): void;
}

interface Wire {
  on(event: string, listener: (message: Message) => void): unknown;
  removeListener(event: string, listener: (message: Message) => void): unknown;
}

interface Message {
  /** Of a statement that is done: `INSERT 0 1`. */
  readonly text?: string;
  /** Of the session, before the next message: `I` outside of a transaction. */
  readonly status?: string;
}

// Registered: an ESM and a CommonJS copy of this package in one process must see the same transaction.
const CURRENT = Symbol.for('holdfast.host-transaction');
type Holder = { [CURRENT]?: HostTransaction; readonly connection?: Partial<Wire> };

/** They change rows and nothing else: what runners write into their ledgers. */
const OF_ROWS = /^(?:INSERT|UPDATE|DELETE)\b/;

export class HostTransaction {
  readonly held = new HeldTables();
  readonly #holder: Holder;
  readonly #wire: Wire;
  readonly #keepers = new Set<Keeper>();
  /** Bodies of migrations that run now: they see themselves what they send. */
  #bodies = 0;
  #last = '';

  /** The transaction that is open on the client; null where none is, and where the driver does not tell (pg before 8.17, pg-native). */
  static of(client: PgClient): HostTransaction | null {
    if (client.getTransactionStatus?.() !== 'T') return null;
    const holder = ownClient(client) as Holder;
    const wire = holder.connection;
    if (typeof wire?.on !== 'function' || typeof wire.removeListener !== 'function') return null;
    holder[CURRENT] ??= new HostTransaction(holder, wire as Wire);
    return holder[CURRENT];
  }

  private constructor(holder: Holder, wire: Wire) {
    [this.#holder, this.#wire] = [holder, wire];
    wire.on('commandComplete', this.#done);
    wire.on('readyForQuery', this.#ready);
  }

  /** A body begins. The function that comes back is called at its end. */
  enter(): () => void {
    this.#bodies += 1;
    return () => {
      this.#bodies -= 1;
    };
  }

  join(keeper: Keeper): void {
    this.#keepers.add(keeper);
  }

  /** More than one keeps it in mind, and none hears of what the others do. */
  get shared(): boolean {
    return this.#keepers.size > 1;
  }

  readonly #done = ({ text = '' }: Message): void => {
    this.#last = text;
    if (this.#bodies > 0) return;
    // What others have done, nobody has read.
    if (!OF_ROWS.test(text)) this.held.forget();
    if (text === 'ROLLBACK') this.#undo();
  };

  readonly #ready = ({ status }: Message): void => {
    if (status !== 'I') return;
    // A COMMIT of what has failed is answered by ROLLBACK, one that fails by an error.
    if (this.#last !== 'COMMIT') this.#undo();
    delete this.#holder[CURRENT];
    this.#wire.removeListener('commandComplete', this.#done);
    this.#wire.removeListener('readyForQuery', this.#ready);
  };

  #undo(): void {
    for (const keeper of this.#keepers) keeper.undone();
  }
}
