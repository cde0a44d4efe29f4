/**
 * Random histories of migrations, and what may happen to a database that lives through one. Every migration has statements on the schema, or on
 * rows, or both; what it does to rows can be counted afterwards: it inserts its own number.
 */
import fc from 'fast-check';

/** One statement of a migration. */
export interface Part {
  readonly up: string;
  readonly down: string;
  /** What it makes, or drops. */
  readonly object?: string;
  readonly does?: 'make' | 'drop';
  /** Into which table it inserts the number of its migration. */
  readonly into?: string;
}

export interface Drawn {
  /** From 1: what it inserts. */
  readonly number: number;
  readonly name: string;
  readonly transaction: boolean;
  readonly parts: readonly Part[];
}

export type Event =
  /** By the guard: all up to this one (from 0), or with `late` those that are not kept back. */
  | { readonly kind: 'release'; readonly to: number; readonly late: boolean }
  /** As `release`, and this migration fails before its statement `at`. */
  | { readonly kind: 'cut'; readonly to: number; readonly late: boolean; readonly at: number }
  | { readonly kind: 'stock'; readonly to: number; readonly late: boolean }
  | { readonly kind: 'down'; readonly guarded: boolean; readonly steps: number }
  /** Rows of the ledger: all, the last ones, one. */
  | { readonly kind: 'lose'; readonly which: 'all' | 'last' | 'one'; readonly n: number }
  | { readonly kind: 'lose journal' }
  /** By hand: something that is there; its rows in the ledger go with it, or stay. */
  | { readonly kind: 'drop'; readonly pick: number; readonly forget: boolean }
  /** By hand: a statement on the schema of a migration that has not run yet. */
  | { readonly kind: 'ahead'; readonly pick: number };

export interface Case {
  readonly migrations: readonly Drawn[];
  /** Index of one that is merged late, or -1. */
  readonly late: number;
  readonly events: readonly Event[];
}

const part = fc.record({ what: fc.nat(9), pick: fc.nat(99), lenient: fc.boolean() });
const to = fc.nat(99);
const event = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('release' as const), to, late: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), to, late: fc.boolean(), at: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('stock' as const), to, late: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('down' as const),
      guarded: fc.boolean(),
      steps: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('lose' as const),
      which: fc.constantFrom('all' as const, 'last' as const, 'one' as const),
      n: fc.nat(99),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose journal' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), pick: fc.nat(99), forget: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('ahead' as const), pick: fc.nat(99) }) },
);

export const cases: fc.Arbitrary<Case> = fc
  .record({
    bodies: fc.array(fc.record({ transaction: fc.nat(3), parts: fc.array(part, { minLength: 1, maxLength: 2 }) }), {
      minLength: 2,
      maxLength: 5,
    }),
    late: fc.integer({ min: -6, max: 4 }),
    events: fc.array(event, { minLength: 1, maxLength: 5 }),
  })
  .map(({ bodies, late, events }) => {
    const schema = new Schema();
    const migrations = bodies.map(({ transaction, parts }, i): Drawn => {
      const number = i + 1;
      // One statement on rows in each: what it inserts is there once, or not at all.
      let free: number | null = number;
      const drawn = parts.map((each) => {
        const made = schema.draw(each, free);
        if (made.into !== undefined) free = null;
        return made;
      });
      return {
        number,
        name: `${number}.js`,
        transaction: transaction > 0,
        parts: drawn,
      };
    });
    return { migrations, late: late > 0 && late < migrations.length ? late : -1, events };
  });

/** What the migrations so far have made. */
class Schema {
  readonly #tables: string[] = [];
  readonly #columns: string[] = [];
  readonly #indexes: string[] = [];
  #next = 0;

  draw(
    { what, pick, lenient }: { readonly what: number; readonly pick: number; readonly lenient: boolean },
    number: number | null,
  ): Part {
    const table = this.#tables[pick % Math.max(1, this.#tables.length)];
    if (table === undefined || what === 0) return this.#table(lenient);
    if (what <= 2) return this.#column(table, lenient);
    if (what === 3) return this.#index(table, lenient);
    if (what === 4) return this.#dropColumn(pick) ?? this.#column(table, lenient);
    if (what === 5) return this.#dropIndex(pick) ?? this.#index(table, lenient);
    if (what === 6 && this.#tables.length > 1 && pick % 2 === 0) return this.#dropTable(table);
    if (number === null) return this.#index(table, lenient);
    return {
      up: `INSERT INTO ${table} (n) VALUES (${number})`,
      down: `DELETE FROM ${table} WHERE n = ${number}`,
      into: table,
    };
  }

  #table(lenient: boolean): Part {
    const name = `t${++this.#next}`;
    this.#tables.push(name);
    return {
      up: `CREATE TABLE ${lenient ? 'IF NOT EXISTS ' : ''}${name} (n int)`,
      down: `DROP TABLE ${name}`,
      object: name,
      does: 'make',
    };
  }

  #column(table: string, lenient: boolean): Part {
    const name = `c${++this.#next}`;
    this.#columns.push(`${table}.${name}`);
    return {
      up: `ALTER TABLE ${table} ADD ${lenient ? 'IF NOT EXISTS ' : ''}${name} int`,
      down: `ALTER TABLE ${table} DROP ${name}`,
      object: `${table}.${name}`,
      does: 'make',
    };
  }

  #index(table: string, lenient: boolean): Part {
    const name = `i${++this.#next}`;
    this.#indexes.push(`${table} ${name}`);
    return {
      up: `CREATE INDEX ${lenient ? 'IF NOT EXISTS ' : ''}${name} ON ${table} (n)`,
      down: `DROP INDEX ${name}`,
      object: `${table} ${name}`,
      does: 'make',
    };
  }

  #dropColumn(pick: number): Part | null {
    const object = this.#columns.splice(pick % Math.max(1, this.#columns.length), 1)[0];
    if (object === undefined) return null;
    const [table, name] = object.split('.');
    return {
      up: `ALTER TABLE ${table} DROP ${name}`,
      down: `ALTER TABLE ${table} ADD ${name} int`,
      object,
      does: 'drop',
    };
  }

  #dropIndex(pick: number): Part | null {
    const object = this.#indexes.splice(pick % Math.max(1, this.#indexes.length), 1)[0];
    if (object === undefined) return null;
    const [table, name] = object.split(' ');
    return { up: `DROP INDEX ${name}`, down: `CREATE INDEX ${name} ON ${table} (n)`, object, does: 'drop' };
  }

  #dropTable(table: string): Part {
    this.#tables.splice(this.#tables.indexOf(table), 1);
    for (const list of [this.#columns, this.#indexes])
      list.splice(0, list.length, ...list.filter((each) => each.split(/[ .]/)[0] !== table));
    return { up: `DROP TABLE ${table}`, down: `CREATE TABLE ${table} (n int)`, object: table, does: 'drop' };
  }
}
