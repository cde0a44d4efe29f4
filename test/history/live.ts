/** Lets a database live through a drawn history, and says where the guard reported a success that is none. */
import { GuardedMigrationSource } from '@holdfast/knex';
import knexLibrary, { type Knex } from 'knex';
import type pg from 'pg';
import { type LockFile, lockOf, type Migrations, raw, sourceOf } from '../lock/knex-migrations.js';
import type { Case, Drawn, Event } from './draw.js';

/** What is there: how often each migration has inserted its number, and the objects that migrations make. */
interface Seen {
  readonly rows: ReadonlyMap<number, number>;
  readonly tables: ReadonlySet<string>;
  readonly objects: ReadonlySet<string>;
  readonly ledger: ReadonlySet<string>;
  readonly marks: ReadonlySet<string>;
}

export class Life {
  readonly #client: pg.Client;
  readonly #url: string;
  readonly #case: Case;
  readonly #locks = new Map<string, LockFile | null>();
  /** Whose rows Knex alone has taken back, although the journal says that they are there: nobody can tell. */
  readonly #taken = new Set<number>();
  /** Rows alone, of which the ledger was the only witness. */
  readonly #unwitnessed = new Set<number>();
  /** Something was built ahead of its migration. */
  #ahead = false;
  /** What happened, for the reader of a failure. */
  readonly log: string[] = [];

  constructor(url: string, client: pg.Client, drawn: Case) {
    [this.#url, this.#client, this.#case] = [url, client, drawn];
  }

  /** The first false success; null without one. */
  async run(): Promise<string | null> {
    try {
      const whole: Event = { kind: 'release', to: this.#case.migrations.length - 1, late: true };
      for (const event of [...this.#case.events, whole, whole, whole]) {
        const wrong = await this.#happen(event);
        if (wrong === 'void') return null;
        if (wrong !== null) return wrong;
      }
      return null;
    } finally {
      for (const lock of this.#locks.values()) lock?.remove();
    }
  }

  async #happen(event: Event): Promise<string | null> {
    const { migrations } = this.#case;
    switch (event.kind) {
      case 'release':
        return this.#release(this.#chosen(event), null);
      case 'cut':
        return this.#release(this.#chosen(event), event.at);
      case 'stock': {
        const chosen = this.#chosen(event);
        await this.#tell(`Knex alone ${names(chosen)}`, () => this.#latest(bodies(chosen), null));
        const { rows } = await this.#see();
        return [...rows.values()].some((n) => n > 1) ? 'void' : null;
      }
      case 'down':
        return this.#down(event.guarded, event.steps);
      case 'lose': {
        const { ledger, marks } = await this.#see();
        const known = migrations.filter(({ name }) => ledger.has(name));
        if (known.length === 0) return null;
        const lost =
          event.which === 'all'
            ? known
            : event.which === 'last'
              ? known.slice(-1 - (event.n % known.length))
              : known.slice(event.n % known.length, (event.n % known.length) + 1);
        this.log.push(`lost of the ledger: ${names(lost)}`);
        for (const { number, name, parts } of lost)
          if (!marks.has(name) && parts.every(({ into }) => into !== undefined)) this.#unwitnessed.add(number);
        await this.#forget(lost);
        return null;
      }
      case 'lose journal':
        // What was built ahead is then what a later migration has left, as far as anybody can tell.
        if (this.#ahead) return 'void';
        this.log.push('journal dropped');
        await this.#client.query('DROP TABLE IF EXISTS holdfast_journal');
        return null;
      case 'drop': {
        const { objects, ledger } = await this.#see();
        const there = migrations.flatMap((migration) =>
          migration.parts.flatMap((part) =>
            part.does === 'make' && objects.has(part.object as string) && ledger.has(migration.name)
              ? [{ migration, part }]
              : [],
          ),
        );
        const found = there[event.pick % Math.max(1, there.length)];
        if (found === undefined) return null;
        const all = event.pick % 2 === 0;
        this.log.push(
          `by hand: ${found.part.down}${event.forget ? `, ${found.migration.name} ${all ? 'and those behind it ' : ''}out of the ledger` : ''}`,
        );
        await this.#client.query(found.part.down);
        if (event.forget)
          await this.#forget(
            migrations.filter(
              ({ number }) => number === found.migration.number || (all && number > found.migration.number),
            ),
          );
        return null;
      }
      case 'ahead': {
        const { ledger, marks, objects } = await this.#see();
        const pending = migrations
          .filter(({ name }) => !ledger.has(name) && !marks.has(name))
          .flatMap(({ parts }) => parts)
          .filter(({ does, object }) => does === 'make' && !objects.has(object as string));
        const found = pending[event.pick % Math.max(1, pending.length)];
        // Without marks, and with none of them done, the ledger may be lost as well.
        if (found === undefined || marks.size === 0) return null;
        this.#ahead = true;
        await this.#tell(`by hand, ahead: ${found.up}`, () => this.#client.query(found.up));
        return null;
      }
    }
  }

  #chosen({ to, late }: { readonly to: number; readonly late: boolean }): readonly Drawn[] {
    const { migrations, late: held } = this.#case;
    const last = to % migrations.length;
    return migrations.filter((_, i) => i <= last && (late || i !== held));
  }

  async #release(chosen: readonly Drawn[], cut: number | null): Promise<string | null> {
    const before = await this.#see();
    const pending = chosen.filter(({ name }) => !before.ledger.has(name));
    const victim = cut === null ? undefined : pending.at(-1);
    const lock = await this.#lock(chosen);
    if (lock === null) return null;
    const error = await this.#tell(
      `release ${names(chosen)}${victim === undefined ? '' : `, ${victim.name} cut before its statement ${cut}`}`,
      () => this.#latest(bodies(chosen, victim, cut ?? 0), lock),
    );
    const after = await this.#see();
    for (const [number, n] of after.rows) {
      const had = before.rows.get(number) ?? 0;
      if (n > 1 && n > had && !this.#unwitnessed.has(number))
        return `rows of ${number}.js are there ${n} times, and were ${had} times`;
    }
    for (const [number, had] of before.rows) {
      const tables = this.#tablesOf(number).filter((table) => after.tables.has(table));
      if (had > 0 && tables.length > 0 && !after.rows.has(number)) return `rows of ${number}.js are lost`;
    }
    if (error !== null) return null;
    for (const { number, parts, name } of pending) {
      if (!after.ledger.has(name)) return `${name} is not in the ledger`;
      for (const [i, { into, object, does }] of parts.entries()) {
        const dropped = (what: string): boolean =>
          chosen.some((other) =>
            other.parts.some(
              (part, k) =>
                part.does === 'drop' &&
                (other.number > number || (other.number === number && k > i)) &&
                covers(part.object as string, what),
            ),
          );
        if (into !== undefined && !dropped(into) && !after.rows.has(number) && !this.#taken.has(number))
          return `${name} is done, and its rows are not there`;
        if (does === 'make' && !dropped(object as string) && !after.objects.has(object as string))
          return `${name} is done, and ${object} is not there`;
        if (does === 'drop' && after.objects.has(object as string))
          return `${name} is done, and ${object} is there still`;
      }
    }
    return null;
  }

  #tablesOf(number: number): readonly string[] {
    return this.#case.migrations.flatMap((each) =>
      each.number === number ? each.parts.flatMap(({ into }) => into ?? []) : [],
    );
  }

  async #down(guarded: boolean, steps: number): Promise<string | null> {
    for (let step = 0; step < steps; step += 1) {
      const before = await this.#see();
      const chosen = this.#case.migrations.filter(({ name }) => before.ledger.has(name));
      if (chosen.length === 0) return null;
      const lock = guarded ? await this.#lock(chosen) : null;
      if (guarded && lock === null) return null;
      const error = await this.#tell(`${guarded ? 'guarded' : 'Knex alone'} down`, async () => {
        await this.#with(bodies(chosen), lock, (knex, config) => knex.migrate.down(config));
      });
      const after = await this.#see();
      if (!guarded)
        for (const { number, name } of chosen)
          if (before.marks.has(name) && before.rows.has(number) && !after.rows.has(number)) this.#taken.add(number);
      if (error !== null || !guarded) return null;
      for (const { name, number, parts } of chosen)
        if (!after.ledger.has(name)) {
          if (after.rows.has(number)) return `${name} is taken back, and its rows are there`;
          const left = parts.find(({ does, object }) => does === 'make' && after.objects.has(object as string));
          if (left !== undefined) return `${name} is taken back, and ${left.object} is there`;
        }
    }
    return null;
  }

  /** Null where the chosen ones are no history by themselves: they need one that is kept back. */
  async #lock(chosen: readonly Drawn[]): Promise<LockFile | null> {
    const key = names(chosen);
    const known = this.#locks.get(key);
    if (known !== undefined) return known;
    const lock = await lockOf(bodies(chosen)).catch((error: { readonly code?: string }) => {
      if (error.code !== '42P01' && error.code !== '42703' && error.code !== '42704') throw error;
      return null;
    });
    this.#locks.set(key, lock);
    return lock;
  }

  #latest(migrations: Migrations, lock: LockFile | null): Promise<void> {
    return this.#with(migrations, lock, (knex, config) => knex.migrate.latest(config));
  }

  async #with(
    migrations: Migrations,
    lock: LockFile | null,
    run: (knex: Knex, config: Knex.MigratorConfig) => Promise<unknown>,
  ): Promise<void> {
    const source = sourceOf(migrations);
    const logger = {
      info: () => {},
      error: () => {},
      warn: (message: string) => this.log.push(`    ${message.split('\n')[0]}`),
    };
    const knex = knexLibrary({ client: 'pg', connection: this.#url, pool: { min: 0, max: 2 }, log: SILENT });
    try {
      await run(knex, {
        migrationSource:
          lock === null
            ? source
            : (new GuardedMigrationSource({ source, lockFile: lock.path, logger } as never) as never),
      });
    } finally {
      await knex.destroy();
    }
  }

  async #forget(gone: readonly Drawn[]): Promise<void> {
    await this.#client.query('DELETE FROM knex_migrations WHERE name = ANY ($1)', [gone.map(({ name }) => name)]);
  }

  async #tell(what: string, act: () => Promise<unknown>): Promise<Error | null> {
    this.log.push(what);
    try {
      await act();
      this.log.push('    done');
      return null;
    } catch (error) {
      this.log.push(`    ${(error as Error).message.split('\n').slice(0, 12).join('\n      ')}`);
      return error as Error;
    }
  }

  async #see(): Promise<Seen> {
    const { rows: objects } = await this.#client.query<{ name: string; kind: string }>(`
      SELECT relname AS name, 'table' AS kind FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
      UNION ALL SELECT c.relname || '.' || a.attname, 'column' FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
      UNION ALL SELECT c.relname || ' ' || i.relname, 'index' FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
        WHERE c.relnamespace = 'public'::regnamespace`);
    const tables = new Set(objects.filter(({ kind }) => kind === 'table').map(({ name }) => name));
    const own = [...tables].filter((table) => /^t\d+$/.test(table));
    const rows = new Map<number, number>();
    if (own.length > 0) {
      const text = own.map((table) => `SELECT n FROM ${table}`).join(' UNION ALL ');
      const { rows: found } = await this.#client.query<{ n: number }>(text);
      for (const { n } of found) rows.set(n, (rows.get(n) ?? 0) + 1);
    }
    const list = async (table: string, column: string): Promise<ReadonlySet<string>> =>
      tables.has(table)
        ? new Set(
            (await this.#client.query(`SELECT ${column} AS name FROM ${table}`)).rows.map(({ name }) => String(name)),
          )
        : new Set();
    return {
      rows,
      tables,
      objects: new Set(objects.map(({ name }) => name)),
      ledger: await list('knex_migrations', 'name'),
      marks: await list('holdfast_journal', 'migration'),
    };
  }
}

const SILENT = { debug: () => {}, deprecate: () => {}, error: () => {}, warn: () => {} };

/** A table goes with all that is its own. */
function covers(dropped: string, object: string): boolean {
  return object === dropped || object.startsWith(`${dropped}.`) || object.startsWith(`${dropped} `);
}

const names = (drawn: readonly Drawn[]): string => drawn.map(({ number }) => number).join(' ');

function bodies(drawn: readonly Drawn[], victim?: Drawn, at = 0): Migrations {
  return Object.fromEntries(
    drawn.map((each) => {
      const { up } = raw(...each.parts.map((part) => part.up));
      const { up: down } = raw(...[...each.parts].reverse().map((part) => part.down));
      const cut = raw(...each.parts.slice(0, at).map((part) => part.up), 'SELECT 1 / 0').up;
      return [
        each.name,
        { up: each === victim ? cut : up, down, ...(each.transaction ? {} : { config: { transaction: false } }) },
      ];
    }),
  );
}
