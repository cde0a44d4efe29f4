/** Runs a block of TypeScript as a migration would: on a host of its own, with the packages that it imports. */
import { format } from 'node:util';
import * as cli from '@holdfast/cli';
import * as core from '@holdfast/core';
import * as jobs from '@holdfast/core/jobs';
import * as knexAdapter from '@holdfast/knex';
import * as typeormAdapter from '@holdfast/typeorm';
import knexLibrary, { type Knex } from 'knex';
import pg from 'pg';
import PgBoss from 'pg-boss';
import * as typeormLibrary from 'typeorm';
import ts from 'typescript';
import { type OpenHost, openHost, type TransactionForm } from '../support/hosts.mjs';
import type { Block } from './markdown.js';

export type DocHost = 'pg' | 'knex' | 'typeorm';

/** What became of a block. */
export interface Ran {
  /** Guards that it has made or was given. */
  readonly reports: readonly core.Report[];
  /** Statements in the order in which they ran. */
  readonly order: readonly string[];
  readonly printed: string;
  readonly error: unknown;
}

export interface Setting {
  readonly url: string;
  readonly host: DocHost;
  readonly form: TransactionForm;
  readonly mode: 'apply' | 'plan';
  /** A migration: `up` alone, without its runner. Plan mode always does that. */
  readonly once?: boolean;
}

const ADAPTERS = { pg: core, knex: knexAdapter, typeorm: typeormAdapter };

/** Runs a block, a whole migration or a part of one. */
export async function runBlock(block: Block, setting: Setting): Promise<Ran> {
  const watch = new Watch(setting);
  const isMigration = block.info.includes('migration');
  try {
    await (isMigration ? runMigration(block, setting, watch) : runPart(block, setting, watch));
    return watch.ran(undefined);
  } catch (error) {
    return watch.ran(error);
  }
}

/** The transaction that a migration asks for, by its host's own rules. */
export function formOf(block: Block): TransactionForm {
  if (!block.info.includes('migration')) return block.info.includes('transaction') ? 'transaction' : 'none';
  return /transaction\s*[:=]\s*false/.test(block.text) ? 'none' : 'transaction';
}

/** Takes the place of `guard` in the block: notes what each guard does, and puts it into the mode that is asked for. */
class Watch {
  readonly guards: core.Guard[] = [];
  readonly order: string[] = [];
  readonly lines: string[] = [];
  readonly #setting: Setting;

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  guard = (host: never, options: core.GuardOptions = {}): core.Guard => {
    const make = ADAPTERS[this.#setting.host].guard as (host: never, options: core.GuardOptions) => core.Guard;
    const onEvent = (event: core.GuardEvent): void => {
      if (event.type === 'step:start') this.order.push(event.sql);
      options.onEvent?.(event);
    };
    const g = make(host, { ...options, mode: options.mode ?? this.#setting.mode, onEvent });
    this.guards.push(g);
    return g;
  };

  require = (name: string): unknown => {
    const modules: Readonly<Record<string, unknown>> = {
      '@holdfast/cli': cli,
      '@holdfast/core': { ...core, guard: this.guard },
      '@holdfast/core/jobs': jobs,
      '@holdfast/knex': { ...knexAdapter, guard: this.guard },
      '@holdfast/typeorm': { ...typeormAdapter, guard: this.guard },
      knex: { ...knexLibrary, default: knexLibrary },
      pg: { ...pg, default: pg },
      'pg-boss': { default: PgBoss },
      typeorm: typeormLibrary,
    };
    if (modules[name] === undefined) throw new Error(`the documentation imports ${name}, which no reader has`);
    return modules[name];
  };

  /** No signal comes to a page. */
  get process(): { readonly env: Readonly<Record<string, string>>; once(event: string): void } {
    return { env: { DATABASE_URL: this.#setting.url }, once: () => undefined };
  }

  console = {
    log: (...values: unknown[]): void => {
      this.lines.push(format(...values));
    },
  };

  ran(error: unknown): Ran {
    return {
      reports: this.guards.map((g) => g.report()),
      order: this.order,
      printed: this.lines.join('\n'),
      error,
    };
  }
}

async function runPart(block: Block, { url, host, form }: Setting, watch: Watch): Promise<void> {
  const open = await openHost(
    host === 'typeorm' ? 'typeorm-1' : host,
    { core, knex: knexAdapter, typeorm: typeormAdapter },
    url,
    form,
  );
  try {
    await evaluate(block, watch, scopeOf(host, open, watch));
    await open.commit();
  } catch (error) {
    await open.rollback();
    throw error;
  } finally {
    await open.close();
  }
}

/** The names that a reader knows from the page: the guard, what the migration is given, what its host exports. */
function scopeOf(host: DocHost, { native }: OpenHost, watch: Watch): Readonly<Record<string, unknown>> {
  const { Table, TableColumn, TableIndex, TableForeignKey, TableCheck } = typeormLibrary;
  const common = { g: watch.guard(native as never), sql: core.sql, guard: watch.guard };
  if (host === 'pg') return { ...common, client: native };
  if (host === 'knex') return { ...common, knex: native };
  return { ...common, queryRunner: native, Table, TableColumn, TableIndex, TableForeignKey, TableCheck };
}

async function evaluate(
  block: Block,
  watch: Watch,
  scope: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const { outputText } = ts.transpileModule(`${block.text}\nexport {};`, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const { process, console } = watch;
  const values = { ...scope, require: watch.require, exports: {}, process, console };
  // An own block, so that what the text declares may have the names of the scope.
  const run = new Function(...Object.keys(values), `return (async () => {\n${outputText}\n})();`) as (
    ...args: unknown[]
  ) => Promise<void>;
  await run(...Object.values(values));
  return values.exports;
}

/** By the stock runner: up, up again with an emptied ledger, down. */
async function runMigration(block: Block, setting: Setting, watch: Watch): Promise<void> {
  const exported = await evaluate(block, watch, {});
  if (setting.mode === 'plan' || setting.once === true) return runUp(exported, setting);
  if (setting.host === 'knex') await migrateKnex(exported as unknown as Knex.Migration, setting.url);
  else if (setting.host === 'typeorm') await migrateTypeorm(exported, setting.url);
  else throw new Error(`${block.file}:${block.line}: the bare client has no migration runner`);
}

async function migrateKnex(migration: Knex.Migration, url: string): Promise<void> {
  const db = knexLibrary({ client: 'pg', connection: url, pool: { min: 0, max: 2 } });
  const source: Knex.MigrationSource<string> = {
    getMigrations: () => Promise.resolve(['documented']),
    getMigrationName: (name) => name,
    getMigration: () => Promise.resolve(migration),
  };
  try {
    await db.migrate.latest({ migrationSource: source });
    await db('knex_migrations').delete();
    await db.migrate.latest({ migrationSource: source });
    if (migration.down !== undefined) await db.migrate.rollback({ migrationSource: source });
  } finally {
    await db.destroy();
  }
}

async function migrateTypeorm(exported: Readonly<Record<string, unknown>>, url: string): Promise<void> {
  const source = new typeormLibrary.DataSource({
    type: 'postgres',
    url,
    migrations: Object.values(exported) as never[],
    migrationsTransactionMode: 'each',
  });
  await source.initialize();
  try {
    await source.runMigrations();
    await source.query('DELETE FROM migrations');
    await source.runMigrations();
    await source.undoLastMigration({ transaction: 'none' });
  } finally {
    await source.destroy();
  }
}

/** `up` alone, in a transaction where the migration asks for none to be without. */
async function runUp(exported: Readonly<Record<string, unknown>>, { url, host, form }: Setting): Promise<void> {
  const name = host === 'typeorm' ? 'typeorm-1' : host;
  const open = await openHost(name, { core, knex: knexAdapter, typeorm: typeormAdapter }, url, form);
  try {
    const Migration = Object.values(exported).find((value) => typeof value === 'function' && /^class/.test(`${value}`));
    const migration = Migration === undefined ? exported : new (Migration as new () => object)();
    await (migration as { up(native: unknown): Promise<void> }).up(open.native);
  } finally {
    await open.rollback();
    await open.close();
  }
}
