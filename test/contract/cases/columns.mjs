/** @type {readonly import('../cases.mjs').Case[]} */
export const COLUMNS = [
  {
    operation: 'safeAddColumn',
    run: (g, host) => g.safeAddColumn('users', ...host.column('email')),
    down: 'ALTER TABLE users DROP COLUMN email',
    undo: (g) => g.safeDropColumn('users', 'email'),
    halves: [],
    different: [
      { name: 'shorter', sql: "ALTER TABLE users ADD COLUMN email varchar(50) NOT NULL DEFAULT ''", path: 'type' },
      { name: 'nullable', sql: "ALTER TABLE users ADD COLUMN email varchar(100) DEFAULT ''", path: 'nullability' },
      {
        name: 'another default',
        sql: "ALTER TABLE users ADD COLUMN email varchar(100) NOT NULL DEFAULT '?'",
        path: 'default',
      },
      {
        name: 'generated',
        sql: 'ALTER TABLE users ADD COLUMN email varchar(100) GENERATED ALWAYS AS (name) STORED NOT NULL',
        path: 'generated',
      },
    ],
  },
  {
    operation: 'safeAddColumn',
    variant: 'with a unique constraint',
    run: (g, host) => g.safeAddColumn('users', ...host.column('code')),
    down: 'ALTER TABLE users DROP COLUMN code',
    undo: (g) => g.safeDropColumn('users', 'code'),
    halves: [{ name: 'the column alone', sql: 'ALTER TABLE users ADD COLUMN code text' }],
    different: [{ name: 'another type', sql: 'ALTER TABLE users ADD COLUMN code integer UNIQUE', path: 'type' }],
  },
  {
    operation: 'safeAddColumn',
    variant: 'with a foreign key',
    run: (g, host) => g.safeAddColumn('users', ...host.column('org')),
    down: 'ALTER TABLE users DROP COLUMN org_id',
    undo: (g) => g.safeDropColumn('users', 'org_id'),
    halves: [{ name: 'the column alone', sql: 'ALTER TABLE users ADD COLUMN org_id integer' }],
    different: [{ name: 'another type', sql: 'ALTER TABLE users ADD COLUMN org_id bigint', path: 'type' }],
  },
  {
    operation: 'safeDropColumn',
    run: (g) => g.safeDropColumn('users', 'legacy'),
    down: 'ALTER TABLE users ADD COLUMN legacy text',
    halves: [],
    different: [],
  },
  {
    operation: 'safeSetNotNull',
    run: (g) => g.safeSetNotNull('users', 'nickname'),
    down: 'ALTER TABLE users ALTER COLUMN nickname DROP NOT NULL',
    halves: [
      {
        name: 'the helper, not validated',
        sql: 'ALTER TABLE users ADD CONSTRAINT holdfast_not_null_users_nickname CHECK (nickname IS NOT NULL) NOT VALID',
      },
      {
        name: 'the helper, validated',
        sql: 'ALTER TABLE users ADD CONSTRAINT holdfast_not_null_users_nickname CHECK (nickname IS NOT NULL)',
      },
      {
        name: 'all but the drop of the helper',
        sql: 'ALTER TABLE users ADD CONSTRAINT holdfast_not_null_users_nickname CHECK (nickname IS NOT NULL), ALTER COLUMN nickname SET NOT NULL',
      },
    ],
    different: [],
  },
  {
    operation: 'safeSetNotNull',
    variant: 'with a backfill',
    setup: 'UPDATE users SET nickname = NULL WHERE id % 3 = 0',
    run: (g) => g.safeSetNotNull('users', 'nickname', { backfill: 'nobody' }),
    down: "ALTER TABLE users ALTER COLUMN nickname DROP NOT NULL; UPDATE users SET nickname = NULL WHERE nickname = 'nobody'",
    halves: [
      {
        name: 'the helper, not validated',
        sql: 'ALTER TABLE users ADD CONSTRAINT holdfast_not_null_users_nickname CHECK (nickname IS NOT NULL) NOT VALID',
      },
    ],
    different: [],
  },
  {
    operation: 'safeSetComment',
    run: (g) => g.safeSetComment('users', 'name', "the user's name"),
    down: 'COMMENT ON COLUMN users.name IS NULL',
    halves: [],
    different: [],
  },
  {
    operation: 'safeChangeColumn',
    setup: "ALTER TABLE users ADD COLUMN code varchar(10) DEFAULT 'x'",
    run: (g, host) => g.safeChangeColumn('users', 'code', host.column('wide').at(-1)),
    down: "ALTER TABLE users ALTER COLUMN code DROP NOT NULL, ALTER COLUMN code TYPE varchar(10), ALTER COLUMN code SET DEFAULT 'x'",
    halves: [
      {
        name: 'all but NOT NULL',
        sql: "ALTER TABLE users ALTER COLUMN code TYPE varchar(20), ALTER COLUMN code SET DEFAULT 'none'",
      },
    ],
    different: [],
  },
  {
    operation: 'safeChangeColumn',
    variant: 'to another type, under an index and a foreign key',
    setup: `CREATE INDEX users_boss ON users (boss_id); ALTER TABLE users ADD FOREIGN KEY (boss_id) REFERENCES orgs (id);
      ALTER TABLE users ADD CHECK (boss_id > 0); ALTER TABLE users ALTER COLUMN boss_id SET DEFAULT 1`,
    run: (g) => g.safeChangeColumn('users', 'boss_id', 'bigint DEFAULT 1'),
    down: 'ALTER TABLE users ALTER COLUMN boss_id TYPE integer',
    halves: [],
    different: [],
  },
  {
    operation: 'safeChangeColumn',
    variant: 'that a sequence numbers',
    setup: 'CREATE TABLE tickets (id serial PRIMARY KEY)',
    run: (g) => g.safeChangeColumn('tickets', 'id', 'bigserial'),
    down: 'ALTER TABLE tickets ALTER COLUMN id TYPE integer; ALTER SEQUENCE tickets_id_seq AS integer',
    halves: [],
    different: [],
  },
];
