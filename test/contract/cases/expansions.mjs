/** @typedef {'safeExpandColumn' | 'safeFillColumn' | 'safeSwapColumn' | 'safeContractColumn'} Phase */

/**
 * Phases of one change, in their order: what earlier migrations have left.
 *
 * @param {[table: string, column: string, to: string | { name: string }]} change
 * @param {readonly Phase[]} phases
 * @returns {(g: any) => Promise<any>}
 */
function through(change, ...phases) {
  return async (g) => {
    let outcome;
    for (const phase of phases) outcome = await g[phase](...change);
    return outcome;
  };
}

const [EXPAND, FILL, SWAP] = /** @type {const} */ (['safeExpandColumn', 'safeFillColumn', 'safeSwapColumn']);

/** A key that its own table and another one refer to. */
const KEY = `
  ALTER TABLE users ADD CONSTRAINT users_boss FOREIGN KEY (boss_id) REFERENCES users ON DELETE SET NULL;
  CREATE TABLE visits (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE);
  INSERT INTO visits SELECT id, id FROM users;`;
/** A key that a sequence numbers, and another table refers to. */
const SERIAL = `
  CREATE TABLE tickets (id serial PRIMARY KEY, title text); INSERT INTO tickets (title) SELECT 'ticket ' || i FROM generate_series(1, 100) i;
  CREATE TABLE notes (id integer PRIMARY KEY, ticket_id integer REFERENCES tickets (id)); INSERT INTO notes SELECT id, id FROM tickets;`;
/** A column with all that a column can have, which nothing refers to. */
const BOSS = `
  ALTER TABLE users ALTER COLUMN boss_id SET DEFAULT 1, ALTER COLUMN boss_id SET NOT NULL, ADD CONSTRAINT users_boss_positive CHECK (boss_id > 0);
  CREATE INDEX users_by_boss ON users (boss_id DESC, name) WHERE boss_id > 1; ALTER TABLE users ADD CONSTRAINT users_boss FOREIGN KEY (boss_id) REFERENCES orgs (id);
  COMMENT ON COLUMN users.boss_id IS 'who it is';`;
const NICKNAME = `
  ALTER TABLE users ALTER COLUMN nickname SET NOT NULL, ALTER COLUMN nickname SET DEFAULT 'none', ADD CONSTRAINT users_nickname_key UNIQUE (nickname);
  CREATE INDEX users_by_nickname ON users (lower(nickname));`;

const KEY_TO_BIGINT = /** @type {[string, string, string]} */ (['users', 'id', 'bigint']);
const TICKET_TO_BIGINT = /** @type {[string, string, string]} */ (['tickets', 'id', 'bigint']);
const BOSS_TO_BIGINT = /** @type {[string, string, string]} */ (['users', 'boss_id', 'bigint']);
const NICKNAME_TO_ALIAS = /** @type {[string, string, { name: string }]} */ (['users', 'nickname', { name: 'alias' }]);

const IN_STEP =
  'ALTER TABLE users ADD CONSTRAINT holdfast_in_step_users_id_shadow CHECK (pg_catalog.record_image_eq(ROW(id_shadow), ROW((id)::bigint)) AND NOT (id IS NOT NULL AND ((id)::bigint) IS NULL))';

/** @type {readonly import('../cases.mjs').Case[]} */
export const EXPANSIONS = [
  {
    operation: EXPAND,
    run: (g) => g.safeExpandColumn('users', 'boss_id', 'bigint'),
    down: '',
    undo: (g) => g.safeContractColumn('users', 'boss_id', 'integer'),
    halves: [],
    different: [
      { name: 'a column of another hand', sql: 'ALTER TABLE users ADD COLUMN boss_id_shadow bigint', path: 'columns' },
    ],
  },
  {
    operation: EXPAND,
    variant: 'of another name',
    setup: 'GRANT SELECT (nickname) ON users TO PUBLIC; ALTER TABLE users ALTER COLUMN nickname SET STORAGE EXTERNAL',
    run: (g) => g.safeExpandColumn('users', 'nickname', { name: 'alias' }),
    down: '',
    undo: (g) => g.safeContractColumn('users', 'alias', { name: 'nickname' }),
    halves: [],
    different: [{ name: 'both columns', sql: 'ALTER TABLE users ADD COLUMN alias text', path: 'columns' }],
  },
  {
    operation: FILL,
    setup: KEY,
    earlier: through(KEY_TO_BIGINT, EXPAND),
    run: (g) => g.safeFillColumn('users', 'id', 'bigint'),
    down: `ALTER TABLE visits DROP CONSTRAINT visits_user_id_fkey_shadow; ALTER TABLE users DROP CONSTRAINT users_boss_shadow,
      DROP CONSTRAINT holdfast_in_step_users_id_shadow, ALTER COLUMN id_shadow DROP NOT NULL; DROP INDEX users_pkey_shadow;
      ALTER TABLE users DISABLE TRIGGER zz_holdfast_sync_id; UPDATE users SET id_shadow = NULL; ALTER TABLE users ENABLE TRIGGER zz_holdfast_sync_id`,
    halves: [
      { idle: true, name: 'the check, not validated', sql: `UPDATE users SET id_shadow = id; ${IN_STEP} NOT VALID` },
      { name: 'the check, before any row was filled by hand', sql: `${IN_STEP} NOT VALID` },
      {
        name: 'the check and an index',
        sql: `UPDATE users SET id_shadow = id; ${IN_STEP}; CREATE UNIQUE INDEX users_pkey_shadow ON users (id_shadow)`,
      },
    ],
    different: [],
  },
  {
    operation: FILL,
    variant: 'of a column with all that a column can have',
    setup: BOSS,
    earlier: through(BOSS_TO_BIGINT, EXPAND),
    run: (g) => g.safeFillColumn('users', 'boss_id', 'bigint'),
    down: `ALTER TABLE users DROP CONSTRAINT users_boss_shadow, DROP CONSTRAINT users_boss_positive_shadow,
      DROP CONSTRAINT holdfast_in_step_users_boss_id_shadow, ALTER COLUMN boss_id_shadow DROP NOT NULL; DROP INDEX users_by_boss_shadow;
      ALTER TABLE users DISABLE TRIGGER zz_holdfast_sync_boss_id; UPDATE users SET boss_id_shadow = NULL; ALTER TABLE users ENABLE TRIGGER zz_holdfast_sync_boss_id`,
    halves: [],
    different: [],
  },
  {
    operation: FILL,
    variant: 'of another name',
    setup: NICKNAME,
    earlier: through(NICKNAME_TO_ALIAS, EXPAND),
    run: (g) => g.safeFillColumn('users', 'nickname', { name: 'alias' }),
    down: `ALTER TABLE users DROP CONSTRAINT holdfast_in_step_users_alias, DROP CONSTRAINT users_nickname_key_shadow, ALTER COLUMN alias DROP NOT NULL;
      DROP INDEX users_by_nickname_shadow; ALTER TABLE users DISABLE TRIGGER zz_holdfast_sync_nickname; UPDATE users SET alias = NULL; ALTER TABLE users ENABLE TRIGGER zz_holdfast_sync_nickname`,
    halves: [],
    different: [],
  },
  {
    operation: SWAP,
    setup: SERIAL,
    earlier: through(TICKET_TO_BIGINT, EXPAND, FILL),
    run: (g) => g.safeSwapColumn('tickets', 'id', 'bigint'),
    down: '',
    undo: async (g, host) => {
      await through(['tickets', 'id', 'integer'], FILL, SWAP)(g);
      // The sequence stays as wide as it is: nothing needs it to be narrower.
      await host.query('ALTER SEQUENCE tickets_id_seq AS integer');
      return g.safeFillColumn('tickets', 'id', 'bigint');
    },
    halves: [],
    different: [],
  },
  {
    operation: SWAP,
    variant: 'of an identity',
    setup: KEY,
    earlier: through(KEY_TO_BIGINT, EXPAND, FILL),
    run: (g) => g.safeSwapColumn('users', 'id', 'bigint'),
    down: '',
    undo: async (g) => {
      await through(['users', 'id', 'integer'], FILL, SWAP)(g);
      return g.safeFillColumn('users', 'id', 'bigint');
    },
    halves: [],
    different: [],
  },
  {
    operation: SWAP,
    variant: 'of a column that refers to another table',
    setup: BOSS,
    earlier: through(BOSS_TO_BIGINT, EXPAND, FILL),
    run: (g) => g.safeSwapColumn('users', 'boss_id', 'bigint'),
    down: '',
    undo: async (g) => {
      await through(['users', 'boss_id', 'integer'], FILL, SWAP)(g);
      return g.safeFillColumn('users', 'boss_id', 'bigint');
    },
    halves: [],
    different: [],
  },
  {
    operation: 'safeContractColumn',
    setup: KEY,
    earlier: through(KEY_TO_BIGINT, EXPAND, FILL, SWAP),
    run: (g) => g.safeContractColumn('users', 'id', 'bigint'),
    down: '',
    undo: async (g) => {
      // What was there before is made anew, by the way that led there.
      if (await g.columnExists('users', 'id_shadow')) return g.safeSwapColumn('users', 'id', 'bigint');
      await through(['users', 'id', 'integer'], EXPAND, FILL, SWAP, 'safeContractColumn')(g);
      return through(KEY_TO_BIGINT, EXPAND, FILL, SWAP)(g);
    },
    halves: [],
    different: [],
  },
  {
    operation: 'safeContractColumn',
    variant: 'calling a change off',
    setup: BOSS,
    earlier: through(BOSS_TO_BIGINT, EXPAND, FILL),
    run: (g) => g.safeContractColumn('users', 'boss_id', 'integer'),
    down: '',
    undo: through(BOSS_TO_BIGINT, EXPAND, FILL),
    halves: [],
    different: [],
  },
  {
    operation: 'safeContractColumn',
    variant: 'after the columns have changed places',
    setup: BOSS,
    earlier: through(BOSS_TO_BIGINT, EXPAND, FILL, SWAP),
    run: (g) => g.safeContractColumn('users', 'boss_id', 'bigint'),
    down: '',
    undo: async (g) => {
      if (await g.columnExists('users', 'boss_id_shadow')) return g.safeSwapColumn('users', 'boss_id', 'bigint');
      await through(['users', 'boss_id', 'integer'], EXPAND, FILL, SWAP, 'safeContractColumn')(g);
      return through(BOSS_TO_BIGINT, EXPAND, FILL, SWAP)(g);
    },
    halves: [],
    different: [],
  },
  {
    operation: 'safeContractColumn',
    variant: 'to another name',
    setup: NICKNAME,
    earlier: through(NICKNAME_TO_ALIAS, EXPAND, FILL),
    run: (g) => g.safeContractColumn('users', 'nickname', { name: 'alias' }),
    down: '',
    undo: async (g) => {
      if (!(await g.columnExists('users', 'nickname'))) await g.safeRenameColumn('users', 'alias', 'nickname');
      return through(NICKNAME_TO_ALIAS, EXPAND, FILL)(g);
    },
    halves: [],
    different: [],
  },
  {
    operation: 'safeContractColumn',
    variant: 'back to the old name',
    setup: NICKNAME,
    earlier: through(NICKNAME_TO_ALIAS, EXPAND, FILL),
    run: (g) => g.safeContractColumn('users', 'alias', { name: 'nickname' }),
    down: '',
    undo: through(NICKNAME_TO_ALIAS, EXPAND, FILL),
    halves: [],
    different: [],
  },
];
