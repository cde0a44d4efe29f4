/** @type {readonly import('../cases.mjs').Case[]} */
export const INDEXES = [
  {
    operation: 'safeCreateIndex',
    run: (g) => g.safeCreateIndex('users', ['nickname', 'id'], { name: 'users_nickname' }),
    down: 'DROP INDEX users_nickname',
    undo: (g) => g.safeDropIndex('users_nickname', { table: 'users' }),
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
  {
    operation: 'safeCreateIndex',
    variant: 'on a partitioned table',
    setup: `
      CREATE TABLE visits (id integer NOT NULL, at integer NOT NULL, page text) PARTITION BY RANGE (at);
      CREATE TABLE visits_old PARTITION OF visits FOR VALUES FROM (0) TO (10);
      CREATE TABLE visits_new PARTITION OF visits FOR VALUES FROM (10) TO (30) PARTITION BY RANGE (at);
      INSERT INTO visits SELECT i, i, 'page ' || i FROM generate_series(1, 9) i;`,
    run: (g) =>
      g.safeCreateIndex('visits', ['id', { column: 'at', order: 'desc' }], { name: 'visits_id', unique: true }),
    down: 'DROP INDEX visits_id',
    undo: (g) => g.safeDropIndex('visits_id'),
    halves: [
      {
        name: 'the whole without any part',
        sql: 'CREATE UNIQUE INDEX visits_id ON ONLY visits (id, at DESC)',
      },
      {
        name: 'an INVALID part',
        sql: `CREATE UNIQUE INDEX visits_id ON ONLY visits (id, at DESC); CREATE UNIQUE INDEX visits_old_id_at_idx ON visits_old (id, at DESC);
          UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'visits_old_id_at_idx'::regclass`,
      },
      {
        name: 'an INVALID part that is attached',
        sql: `CREATE UNIQUE INDEX visits_old_id_at_idx ON visits_old (id, at DESC); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'visits_old_id_at_idx'::regclass;
          CREATE UNIQUE INDEX visits_id ON visits (id, at DESC)`,
      },
      {
        name: 'one part attached, one missing',
        sql: `CREATE UNIQUE INDEX visits_id ON ONLY visits (id, at DESC); CREATE UNIQUE INDEX visits_old_id_at_idx ON visits_old (id, at DESC);
          ALTER INDEX visits_id ATTACH PARTITION visits_old_id_at_idx`,
      },
      {
        name: 'all parts attached, but one was missing when they were',
        sql: `CREATE TABLE visits_gone PARTITION OF visits FOR VALUES FROM (90) TO (99); CREATE UNIQUE INDEX visits_id ON ONLY visits (id, at DESC);
          CREATE UNIQUE INDEX visits_old_id_at_idx ON visits_old (id, at DESC); ALTER INDEX visits_id ATTACH PARTITION visits_old_id_at_idx;
          CREATE UNIQUE INDEX visits_new_id_at_idx ON visits_new (id, at DESC); ALTER INDEX visits_id ATTACH PARTITION visits_new_id_at_idx;
          DROP TABLE visits_gone`,
      },
    ],
    different: [
      { name: 'ascending', sql: 'CREATE UNIQUE INDEX visits_id ON visits (id, at)', path: 'key 2 order' },
      { name: 'on the whole alone', sql: 'CREATE INDEX visits_id ON ONLY visits (id, at DESC)', path: 'uniqueness' },
    ],
  },
  {
    operation: 'safeDropIndex',
    setup: 'CREATE INDEX users_nickname ON users (nickname, id)',
    run: (g) => g.safeDropIndex('users_nickname'),
    down: 'CREATE INDEX users_nickname ON users (nickname, id)',
    undo: (g) => g.safeCreateIndex('users', ['nickname', 'id'], { name: 'users_nickname' }),
    halves: [
      {
        name: 'an INVALID index',
        sql: "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_nickname'::regclass",
      },
      {
        name: 'a dead index',
        sql: "UPDATE pg_index SET indisvalid = false, indisready = false, indislive = false WHERE indexrelid = 'users_nickname'::regclass",
      },
    ],
    different: [],
  },
  {
    operation: 'safeDropIndex',
    variant: 'of a table',
    setup: 'CREATE UNIQUE INDEX users_nickname ON users (nickname)',
    run: (g) => g.safeDropIndex('users_nickname', { table: 'users' }),
    down: 'CREATE UNIQUE INDEX users_nickname ON users (nickname)',
    halves: [],
    different: [
      {
        name: 'the index of another table',
        sql: 'DROP INDEX users_nickname; CREATE INDEX users_nickname ON orgs (name)',
        path: 'table',
      },
    ],
  },
  {
    operation: 'safeDropIndex',
    variant: 'of a partitioned table',
    setup: `
      CREATE TABLE visits (id integer NOT NULL, at integer NOT NULL) PARTITION BY RANGE (at);
      CREATE TABLE visits_old PARTITION OF visits FOR VALUES FROM (0) TO (10);
      CREATE TABLE visits_new PARTITION OF visits FOR VALUES FROM (10) TO (30) PARTITION BY RANGE (at);
      CREATE TABLE visits_may PARTITION OF visits_new FOR VALUES FROM (10) TO (20);
      CREATE INDEX visits_id ON visits (id)`,
    run: (g) => g.safeDropIndex('visits_id'),
    down: 'CREATE INDEX visits_id ON visits (id)',
    halves: [],
    different: [],
  },
  {
    operation: 'safeRenameIndex',
    setup: 'CREATE INDEX users_nickname ON users (nickname)',
    run: (g) => g.safeRenameIndex('users_nickname', 'users_by_nickname'),
    down: 'ALTER INDEX users_by_nickname RENAME TO users_nickname',
    undo: (g) => g.safeRenameIndex('users_by_nickname', 'users_nickname'),
    halves: [],
    different: [
      { name: 'both', sql: 'CREATE INDEX users_by_nickname ON users (nickname)', path: 'new name' },
      { name: 'a table of the new name', sql: 'CREATE TABLE users_by_nickname ()', path: 'new name' },
    ],
  },
  {
    operation: 'safeRenameIndex',
    variant: 'of a constraint',
    setup: 'ALTER TABLE users ADD CONSTRAINT users_nickname UNIQUE (nickname)',
    run: (g) => g.safeRenameIndex('users_nickname', 'users_by_nickname'),
    down: 'ALTER TABLE users RENAME CONSTRAINT users_by_nickname TO users_nickname',
    halves: [],
    different: [
      {
        name: 'a check of the new name',
        sql: 'ALTER TABLE users ADD CONSTRAINT users_by_nickname CHECK (id > 0)',
        path: 'new name',
      },
    ],
  },
];
