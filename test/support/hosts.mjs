/**
 * The hosts that one contract suite runs on: the bare pg client, Knex 3, TypeORM 0.3 and TypeORM 1. Plain JavaScript, because the
 * tests use it with the sources and the programs that they kill use it with the built packages.
 */

/** @typedef {'pg' | 'knex' | 'typeorm-0.3' | 'typeorm-1'} HostName */
/** @typedef {'none' | 'transaction'} TransactionForm */

/** @type {readonly HostName[]} */
export const HOSTS = ['pg', 'knex', 'typeorm-0.3', 'typeorm-1'];

/**
 * @typedef {object} OpenHost
 * @property {HostName} name
 * @property {unknown} native What the host hands to a migration.
 * @property {(options?: import('@holdfast/core').GuardOptions) => import('@holdfast/core').Guard<any>} guard
 *   A guard on what the host hands to a migration.
 * @property {(sql: string) => Promise<Record<string, unknown>[]>} query
 *   A query on the host's own connection, inside its transaction if it has one.
 * @property {(key: keyof typeof COLUMNS) => unknown[]} column The arguments of safeAddColumn behind the table.
 * @property {(...keys: (keyof typeof COLUMNS)[]) => unknown[]} columns The same for several columns in one call.
 * @property {() => Promise<void>} commit Ends the transaction, if the host has one.
 * @property {() => Promise<void>} rollback
 * @property {() => Promise<void>} close
 */

/**
 * Opens a host as a migration meets it. `packages` are the modules of Holdfast to use.
 * @param {HostName} name
 * @param {{ core: any, knex: any, typeorm: any }} packages
 * @param {string} url
 * @param {TransactionForm} form
 * @returns {Promise<OpenHost>}
 */
export function openHost(name, packages, url, form) {
  if (name === 'pg') return openPg(packages.core, url, form);
  if (name === 'knex') return openKnex(packages.knex, url, form);
  return openTypeorm(name, packages.typeorm, url, form);
}

/**
 * The same columns in each host's own form.
 */
export const COLUMNS = {
  email: {
    text: ['email', "varchar(100) NOT NULL DEFAULT ''"],
    knex: (t) => t.string('email', 100).notNullable().defaultTo(''),
    typeorm: { name: 'email', type: 'varchar', length: '100', isNullable: false, default: "''" },
  },
  org: {
    text: ['org_id', 'integer REFERENCES orgs (id) ON DELETE SET NULL'],
    knex: (t) => t.integer('org_id').references('id').inTable('orgs').onDelete('SET NULL'),
    // TypeORM's TableColumn carries no foreign key.
    typeorm: undefined,
  },
  code: {
    text: ['code', 'text UNIQUE'],
    knex: (t) => t.text('code').unique(),
    typeorm: { name: 'code', type: 'text', isNullable: true, isUnique: true },
  },
};

async function openPg(core, url, form) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  // A server that is stopped, or a connection that a test ends, must not end the process.
  client.on('error', () => {});
  await client.connect();
  if (form === 'transaction') await client.query('BEGIN');
  const end = async (word) => {
    if (form === 'transaction') await client.query(word);
  };
  return {
    name: 'pg',
    native: client,
    guard: (options) => core.guard(client, options),
    query: async (sql) => (await client.query(sql)).rows,
    column: (key) => COLUMNS[key].text,
    columns: (...keys) => [Object.fromEntries(keys.map((key) => COLUMNS[key].text))],
    commit: () => end('COMMIT'),
    rollback: () => end('ROLLBACK'),
    close: () => client.end(),
  };
}

async function openKnex(adapter, url, form) {
  const { default: knex } = await import('knex');
  const db = knex({ client: 'pg', connection: url, pool: { min: 0, max: 2 } });
  const host = form === 'transaction' ? await db.transaction() : db;
  const end = async (word) => {
    if (form === 'transaction' && !host.isCompleted()) await host[word]();
  };
  return {
    name: 'knex',
    native: host,
    guard: (options) => adapter.guard(host, options),
    query: async (sql) => (await host.raw(sql.replaceAll('?', '\\?'))).rows,
    column: (key) => [COLUMNS[key].knex],
    columns: (...keys) => [
      (t) => {
        for (const key of keys) COLUMNS[key].knex(t);
      },
    ],
    commit: () => end('commit'),
    rollback: () => end('rollback'),
    close: async () => {
      await end('rollback');
      await db.destroy();
    },
  };
}

async function openTypeorm(name, adapter, url, form) {
  await import('reflect-metadata');
  const { DataSource, TableColumn } = await import(name === 'typeorm-0.3' ? 'typeorm-0.3' : 'typeorm');
  const source = new DataSource({ type: 'postgres', url, entities: [], migrations: [], logging: false });
  await source.initialize();
  const runner = source.createQueryRunner();
  await runner.connect();
  if (form === 'transaction') await runner.startTransaction();
  const end = async (word) => {
    if (runner.isTransactionActive) await runner[word]();
  };
  return {
    name,
    native: runner,
    guard: (options) => adapter.guard(runner, options),
    query: (sql) => runner.query(sql),
    column: (key) => (COLUMNS[key].typeorm === undefined ? COLUMNS[key].text : [new TableColumn(COLUMNS[key].typeorm)]),
    commit: () => end('commitTransaction'),
    rollback: () => end('rollbackTransaction'),
    columns: (...keys) => [keys.map((key) => new TableColumn(COLUMNS[key].typeorm))],
    close: async () => {
      await end('rollbackTransaction');
      await runner.release();
      await source.destroy();
    },
  };
}
