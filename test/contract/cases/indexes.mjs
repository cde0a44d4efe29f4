/** @type {readonly import('../cases.mjs').Case[]} */
export const INDEXES = [
  {
    operation: 'safeCreateIndex',
    run: (g) => g.safeCreateIndex('users', ['nickname', 'id'], { name: 'users_nickname' }),
    down: 'DROP INDEX users_nickname',
    halves: [
      {
        name: 'an INVALID index',
        sql: "CREATE INDEX users_nickname ON users (nickname, id); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_nickname'::regclass",
      },
    ],
    different: [
      { name: 'other columns', sql: 'CREATE INDEX users_nickname ON users (id, nickname)', path: 'key 1' },
      { name: 'unique', sql: 'CREATE UNIQUE INDEX users_nickname ON users (nickname, id)', path: 'uniqueness' },
      {
        name: 'partial',
        sql: "CREATE INDEX users_nickname ON users (nickname, id) WHERE nickname <> ''",
        path: 'predicate',
      },
      { name: 'another method', sql: 'CREATE INDEX users_nickname ON users USING hash (nickname)', path: 'method' },
    ],
  },
  {
    operation: 'safeCreateIndex',
    variant: 'unique, partial, on an expression',
    run: (g) =>
      g.safeCreateIndex('users', [{ expression: 'lower(nickname)' }, { column: 'id', order: 'desc' }], {
        name: 'users_lower',
        unique: true,
        where: "nickname <> ''",
        include: ['name'],
      }),
    down: 'DROP INDEX users_lower',
    halves: [
      {
        name: 'an INVALID index',
        sql: "CREATE UNIQUE INDEX users_lower ON users (lower(nickname), id DESC) INCLUDE (name) WHERE nickname <> ''; UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_lower'::regclass",
      },
    ],
    different: [
      {
        name: 'ascending',
        sql: "CREATE UNIQUE INDEX users_lower ON users (lower(nickname), id) INCLUDE (name) WHERE nickname <> ''",
        path: 'key 2 order',
      },
    ],
  },
];
