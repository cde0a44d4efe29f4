/**
 * Twenty migrations such as a project has, from an empty database on, for each host and each transaction mode. Plain JavaScript: programs
 * of their own run them with the built packages.
 */

/**
 * @typedef {{ g: any, sql: (text: string) => Promise<unknown> }} Tools
 * @typedef {{ name: string, alone?: true, up: (tools: Tools) => Promise<unknown> }} Migration
 *   `alone`: outside of a transaction, where the mode lets a migration choose
 */

/** @type {readonly Migration[]} */
export const MIGRATIONS = [
  {
    name: 'CreateOrgs',
    up: async ({ sql }) => {
      await sql('CREATE TABLE orgs (id integer PRIMARY KEY, name text NOT NULL)');
      await sql("INSERT INTO orgs SELECT i, 'org ' || i FROM generate_series(1, 10) i");
    },
  },
  {
    name: 'CreateUsers',
    up: async ({ sql }) => {
      await sql('CREATE TABLE users (id integer PRIMARY KEY, org_id integer NOT NULL, legacy text)');
      await sql('INSERT INTO users SELECT i, i % 10 + 1 FROM generate_series(1, 200) i');
    },
  },
  { name: 'CreateStatus', up: ({ g }) => g.safeCreateEnum('user_status', ['new', 'active']) },
  { name: 'AddEmail', up: ({ g }) => g.safeAddColumn('users', 'email', 'varchar(200)') },
  { name: 'AddStatus', up: ({ g }) => g.safeAddColumn('users', 'status', "user_status NOT NULL DEFAULT 'new'") },
  {
    name: 'FillEmail',
    up: async ({ sql }) => {
      await sql("UPDATE users SET email = 'user' || id || '@example.org' WHERE email IS NULL");
    },
  },
  { name: 'RequireEmail', up: ({ g }) => g.safeSetNotNull('users', 'email') },
  { name: 'IndexEmail', alone: true, up: ({ g }) => g.safeCreateIndex('users', ['email'], { unique: true }) },
  {
    name: 'LinkOrgs',
    alone: true,
    up: ({ g }) => g.safeAddForeignKey('users', ['org_id'], { references: { table: 'orgs', columns: ['id'] } }),
  },
  {
    name: 'CreateOrders',
    up: async ({ sql }) => {
      await sql('CREATE TABLE orders (id integer PRIMARY KEY, user_id integer NOT NULL, placed_at timestamptz)');
      await sql('INSERT INTO orders SELECT i, i % 200 + 1 FROM generate_series(1, 500) i');
    },
  },
  { name: 'AddTotal', up: ({ g }) => g.safeAddColumn('orders', 'total', 'numeric(10, 2)') },
  { name: 'FillTotal', alone: true, up: ({ g }) => backfillTotal(g) },
  { name: 'RequireTotal', alone: true, up: ({ g }) => g.safeSetNotNull('orders', 'total') },
  {
    name: 'CheckTotal',
    alone: true,
    up: ({ g }) => g.safeCreateCheckConstraint('orders', 'orders_total_check', 'total >= 0'),
  },
  { name: 'ArchiveStatus', alone: true, up: ({ g }) => g.safeAddEnumValue('user_status', 'archived') },
  {
    name: 'LinkUsers',
    up: ({ g }) => g.safeAddForeignKey('orders', ['user_id'], { references: { table: 'users', columns: ['id'] } }),
  },
  { name: 'IndexUser', alone: true, up: ({ g }) => g.safeCreateIndex('orders', ['user_id']) },
  { name: 'NameOrgs', alone: true, up: ({ g }) => g.safeCreateUniqueConstraint('orgs', ['name']) },
  { name: 'DropLegacy', up: ({ g }) => g.safeDropColumn('users', 'legacy') },
  {
    name: 'IndexPlaced',
    alone: true,
    up: async ({ g }) => {
      await g.safeCreateIndex('orders', ['placed_at'], { where: 'placed_at IS NOT NULL' });
      await g.safeSetComment('orders', 'placed_at', 'When the customer pressed the button');
    },
  },
];

/** @param {any} g */
function backfillTotal(g) {
  return g.backfill('orders', { set: { total: 0 }, where: { total: null }, batchSize: 100 });
}

/** Outside of a transaction as on a large table, so that indexes are built CONCURRENTLY. @param {boolean} outside */
const options = (outside) => (outside ? { largeTableBytes: 0 } : {});

/**
 * Classes for TypeORM. Only in mode `each` may a migration choose.
 * @param {(queryRunner: any, options: object) => any} guard
 * @param {'all' | 'each' | 'none'} mode
 */
export function typeormMigrations(guard, mode) {
  return MIGRATIONS.map(({ name, alone, up }, i) => {
    const outside = mode === 'none' || (mode === 'each' && alone === true);
    return class {
      name = `${name}${1_700_000_000_001 + i}`;
      transaction = mode === 'each' ? alone !== true : undefined;
      /** @param {any} queryRunner */
      async up(queryRunner) {
        await up({ g: guard(queryRunner, options(outside)), sql: (text) => queryRunner.query(text) });
      }
      async down() {}
    };
  });
}

/**
 * A source for Knex: in one batch, or with some migrations outside of a transaction, which gives up the batch.
 * @param {(knex: any, options: object) => any} guard
 * @param {'batch' | 'each'} mode
 */
export function knexMigrations(guard, mode) {
  return {
    getMigrations: async () => MIGRATIONS.map((_, i) => i),
    /** @param {number} i */
    getMigrationName: (i) => `${String(i + 1).padStart(2, '0')}_${MIGRATIONS[i]?.name}`,
    /** @param {number} i */
    getMigration: async (i) => {
      const { alone, up } = /** @type {Migration} */ (MIGRATIONS[i]);
      const outside = mode === 'each' && alone === true;
      return {
        /** @param {any} knex */
        up: (knex) => up({ g: guard(knex, options(outside)), sql: (text) => knex.raw(text) }),
        down: async () => {},
        config: { transaction: !outside },
      };
    },
  };
}
