/** The steps that are compared: the plain SQL, and what Holdfast has for it. */
import { guard, RefusedError, sql } from '@holdfast/core';
import { connect } from './measure.mjs';

/**
 * @typedef {import('./measure.mjs').Step} Step
 *
 * @typedef {object} Case
 * @property {string} name
 * @property {string} title
 * @property {string} statement raw
 * @property {Step} guarded
 * @property {(step: Step) => Step} [around] what goes on beside either
 * @property {string} [before] SQL that makes the table ready for either, before anybody is measured
 * @property {string} [undo] SQL that takes either back, where that leaves the table as it was
 * @property {true} [queue] raw does not scan, but waits: the guard is held to its lock timeout and half a second. The others are held to a
 *   part of raw, and to the lock timeout and 100 ms.
 */

/** The default of the guard. */
export const lockTimeoutMs = 2000;
const readerMs = 10_000;

/** @type {Case[]} */
export const cases = [
  {
    name: 'index',
    title: 'index over two text columns',
    undo: 'DROP INDEX orders_email_city_idx',
    statement: 'CREATE INDEX orders_email_city_idx ON orders (email, city)',
    guarded: (client) => guard(client).safeCreateIndex('orders', ['email', 'city']),
  },
  {
    name: 'foreign-key',
    title: 'foreign key',
    undo: 'ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey',
    statement: 'ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (id)',
    guarded: (client) =>
      guard(client).safeAddForeignKey('orders', ['customer_id'], {
        references: { table: 'customers', columns: ['id'] },
      }),
  },
  {
    name: 'not-null',
    title: 'NOT NULL',
    undo: 'ALTER TABLE orders ALTER COLUMN note DROP NOT NULL',
    statement: 'ALTER TABLE orders ALTER COLUMN note SET NOT NULL',
    guarded: (client) => guard(client).safeSetNotNull('orders', 'note'),
  },
  {
    name: 'check',
    title: 'check',
    undo: 'ALTER TABLE orders DROP CONSTRAINT orders_email_check',
    statement: "ALTER TABLE orders ADD CONSTRAINT orders_email_check CHECK (email LIKE '%@%' AND length(note) > 5)",
    guarded: (client) =>
      guard(client).safeCreateCheckConstraint('orders', 'orders_email_check', "email LIKE '%@%' AND length(note) > 5"),
  },
  {
    name: 'unique',
    title: 'unique constraint',
    undo: 'ALTER TABLE orders DROP CONSTRAINT orders_email_id_key',
    statement: 'ALTER TABLE orders ADD UNIQUE (email, id)',
    guarded: (client) => guard(client).safeCreateUniqueConstraint('orders', ['email', 'id']),
  },
  {
    name: 'primary-key',
    title: 'primary key',
    // Readers and writers go on by the unique index meanwhile.
    before: 'CREATE UNIQUE INDEX orders_by_id ON orders (id); ALTER TABLE orders DROP CONSTRAINT orders_pkey',
    undo: 'ALTER TABLE orders DROP CONSTRAINT orders_pkey; ALTER TABLE orders ALTER email DROP NOT NULL; ALTER TABLE orders ADD PRIMARY KEY (id); DROP INDEX orders_by_id',
    statement: 'ALTER TABLE orders ADD PRIMARY KEY (email, id)',
    guarded: (client) => guard(client).safeAddPrimaryKey('orders', ['email', 'id']),
  },
  {
    name: 'wider-varchar',
    title: 'varchar(20) to varchar(40)',
    before: "ALTER TABLE orders ADD COLUMN sku varchar(20) DEFAULT 'none'",
    undo: 'ALTER TABLE orders DROP COLUMN sku',
    statement: 'ALTER TABLE orders ALTER COLUMN sku TYPE varchar(40)',
    guarded: (client) => guard(client).safeChangeColumn('orders', 'sku', "varchar(40) DEFAULT 'none'"),
  },
  {
    name: 'volatile-default',
    title: 'column, a new uuid per row',
    statement: `ALTER TABLE orders ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid()`,
    guarded: addFilledColumn,
  },
  {
    name: 'constant-default',
    title: 'column, constant default',
    undo: 'ALTER TABLE orders DROP COLUMN currency',
    statement: "ALTER TABLE orders ADD COLUMN currency text NOT NULL DEFAULT 'EUR'",
    guarded: (client) => guard(client).safeAddColumn('orders', 'currency', "text NOT NULL DEFAULT 'EUR'"),
  },
  {
    name: 'lock-queue',
    title: `column, behind a reader of ${readerMs / 1000} s`,
    undo: 'ALTER TABLE orders DROP COLUMN currency',
    statement: 'ALTER TABLE orders ADD COLUMN currency text',
    around: behindReader,
    guarded: (client) => guard(client).safeAddColumn('orders', 'currency', 'text'),
    queue: true,
  },
];

/**
 * The steps of a case by their form.
 * @param {Case} one
 * @returns {{ readonly raw: Step, readonly guarded: Step }}
 */
export function stepsOf({ statement, guarded, around = (step) => step }) {
  return { raw: around((client) => client.query(statement)), guarded: around(guarded) };
}

/**
 * safeAddColumn refuses to rewrite a large table and names this way instead.
 * @param {import('pg').Client} client
 */
async function addFilledColumn(client) {
  const g = guard(client);
  const refusal = await g.safeAddColumn('orders', 'token', 'uuid NOT NULL DEFAULT gen_random_uuid()').catch((e) => e);
  if (!(refusal instanceof RefusedError)) throw new Error(`the rewrite was not refused: ${String(refusal)}`);
  await g.safeAddColumn('orders', 'token', 'uuid');
  await client.query(
    `BEGIN; SET LOCAL lock_timeout = ${lockTimeoutMs}; ALTER TABLE orders ALTER COLUMN token SET DEFAULT gen_random_uuid(); COMMIT`,
  );
  await g.backfill('orders', { set: { token: sql`gen_random_uuid()` }, where: 'token IS NULL' });
  await g.safeSetNotNull('orders', 'token');
}

/**
 * The step behind a transaction that has read the table and stays open, as that of a report or of a forgotten psql.
 * @param {Step} step
 * @returns {Step}
 */
function behindReader(step) {
  return async (client, url) => {
    const reader = await connect(url);
    try {
      await reader.query('BEGIN; SELECT FROM orders LIMIT 1');
      const stays = reader.query(`SELECT pg_sleep(${readerMs / 1000})`).then(() => reader.query('COMMIT'));
      await Promise.all([stays, step(client, url)]);
    } finally {
      await reader.end();
    }
  };
}
