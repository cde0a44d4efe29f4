/** @type {readonly import('../cases.mjs').Case[]} */
export const CONSTRAINTS = [
  {
    operation: 'safeAddForeignKey',
    run: (g) =>
      g.safeAddForeignKey('users', ['boss_id'], {
        name: 'users_boss',
        references: { table: 'orgs', columns: ['id'] },
        onDelete: 'cascade',
      }),
    down: 'ALTER TABLE users DROP CONSTRAINT users_boss',
    undo: (g) => g.safeDropConstraint('users', 'users_boss'),
    halves: [
      {
        name: 'not validated',
        sql: 'ALTER TABLE users ADD CONSTRAINT users_boss FOREIGN KEY (boss_id) REFERENCES orgs (id) ON DELETE CASCADE NOT VALID',
      },
    ],
    different: [
      {
        name: 'another action',
        sql: 'ALTER TABLE users ADD CONSTRAINT users_boss FOREIGN KEY (boss_id) REFERENCES orgs (id)',
        path: 'ON DELETE',
      },
      {
        name: 'another table',
        sql: 'ALTER TABLE users ADD CONSTRAINT users_boss FOREIGN KEY (boss_id) REFERENCES users (id) ON DELETE CASCADE',
        path: 'referenced table',
      },
      {
        name: 'a check of that name',
        sql: 'ALTER TABLE users ADD CONSTRAINT users_boss CHECK (boss_id > 0)',
        path: 'constraint',
      },
    ],
  },
  {
    operation: 'safeCreateUniqueConstraint',
    run: (g) => g.safeCreateUniqueConstraint('users', ['nickname'], { name: 'users_nick' }),
    down: 'ALTER TABLE users DROP CONSTRAINT users_nick',
    undo: (g) => g.safeDropConstraint('users', 'users_nick'),
    halves: [
      { name: 'its index alone', sql: 'CREATE UNIQUE INDEX users_nick ON users (nickname)' },
      {
        name: 'its index, INVALID',
        sql: "CREATE UNIQUE INDEX users_nick ON users (nickname); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_nick'::regclass",
      },
    ],
    different: [
      { name: 'other columns', sql: 'ALTER TABLE users ADD CONSTRAINT users_nick UNIQUE (id)', path: 'columns' },
      {
        name: 'deferrable',
        sql: 'ALTER TABLE users ADD CONSTRAINT users_nick UNIQUE (nickname) DEFERRABLE',
        path: 'deferrable',
      },
      {
        name: 'with an included column',
        sql: 'ALTER TABLE users ADD CONSTRAINT users_nick UNIQUE (nickname) INCLUDE (name)',
        path: 'included columns',
      },
    ],
  },
  {
    operation: 'safeCreateUniqueConstraint',
    variant: 'deferred, with an included column',
    run: (g) =>
      g.safeCreateUniqueConstraint('users', ['nickname', 'id'], {
        name: 'users_both',
        deferrable: 'deferred',
        include: ['name'],
      }),
    down: 'ALTER TABLE users DROP CONSTRAINT users_both',
    halves: [{ name: 'its index alone', sql: 'CREATE UNIQUE INDEX users_both ON users (nickname, id) INCLUDE (name)' }],
    different: [
      {
        name: 'columns in another order',
        sql: 'ALTER TABLE users ADD CONSTRAINT users_both UNIQUE (id, nickname) INCLUDE (name) DEFERRABLE INITIALLY DEFERRED',
        path: 'columns',
      },
      {
        name: 'checked at once',
        sql: 'ALTER TABLE users ADD CONSTRAINT users_both UNIQUE (nickname, id) INCLUDE (name) DEFERRABLE',
        path: 'deferrable',
      },
      {
        name: 'an index without the included column',
        sql: 'CREATE UNIQUE INDEX users_both ON users (nickname, id)',
        path: 'included columns',
      },
    ],
  },
  {
    operation: 'safeAddPrimaryKey',
    setup: 'ALTER TABLE users DROP CONSTRAINT users_pkey',
    run: (g) => g.safeAddPrimaryKey('users', ['nickname', 'id']),
    down: 'ALTER TABLE users DROP CONSTRAINT users_pkey; ALTER TABLE users ALTER nickname DROP NOT NULL',
    halves: [
      { name: 'its index alone', sql: 'CREATE UNIQUE INDEX users_pkey ON users (nickname, id)' },
      {
        name: 'its index, INVALID, and NOT NULL',
        sql: "CREATE UNIQUE INDEX users_pkey ON users (nickname, id); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_pkey'::regclass; ALTER TABLE users ALTER nickname SET NOT NULL",
      },
      {
        name: 'a helper check, not validated',
        sql: 'ALTER TABLE users ADD CONSTRAINT holdfast_not_null_users_nickname CHECK (nickname IS NOT NULL) NOT VALID',
      },
      {
        name: 'a helper check beside its NOT NULL',
        sql: 'ALTER TABLE users ADD CONSTRAINT holdfast_not_null_users_nickname CHECK (nickname IS NOT NULL); ALTER TABLE users ALTER nickname SET NOT NULL',
      },
    ],
    different: [
      {
        name: 'other columns',
        sql: 'ALTER TABLE users ADD PRIMARY KEY (id)',
        path: 'columns',
      },
      {
        name: 'columns in another order',
        sql: 'ALTER TABLE users ADD PRIMARY KEY (id, nickname)',
        path: 'columns',
      },
      {
        name: 'deferrable',
        sql: 'ALTER TABLE users ADD PRIMARY KEY (nickname, id) DEFERRABLE',
        path: 'deferrable',
      },
      {
        name: 'with an included column',
        sql: 'ALTER TABLE users ADD CONSTRAINT users_key PRIMARY KEY (nickname, id) INCLUDE (name)',
        path: 'included columns',
      },
      {
        name: 'unique only',
        sql: 'ALTER TABLE users ADD CONSTRAINT users_pkey UNIQUE (nickname, id)',
        path: 'constraint',
      },
      {
        name: 'an index on other columns',
        sql: 'CREATE UNIQUE INDEX users_pkey ON users (nickname)',
        path: 'number of keys',
      },
    ],
  },
  {
    operation: 'safeCreateExclusionConstraint',
    setup: `CREATE TABLE bookings (id integer PRIMARY KEY, room integer, during int4range, cancelled boolean NOT NULL DEFAULT false);
      INSERT INTO bookings SELECT i, i % 5, int4range(i, i + 3) FROM generate_series(1, 50) i`,
    run: (g) =>
      g.safeCreateExclusionConstraint('bookings', 'no_overlap', {
        elements: [
          { expression: "int4range(room, room, '[]')", with: '&&' },
          { column: 'during', with: '&&' },
        ],
        where: 'NOT cancelled',
        deferrable: true,
      }),
    down: 'ALTER TABLE bookings DROP CONSTRAINT no_overlap',
    halves: [],
    different: [
      {
        name: 'another operator',
        sql: "ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (int4range(room, room, '[]') WITH &&, during WITH =) WHERE (NOT cancelled) DEFERRABLE",
        path: 'operators',
      },
      {
        name: 'fewer elements',
        sql: 'ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH =) WHERE (NOT cancelled) DEFERRABLE',
        path: 'number of keys',
      },
      {
        name: 'checked at once',
        sql: "ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (int4range(room, room, '[]') WITH &&, during WITH &&) WHERE (NOT cancelled)",
        path: 'deferrable',
      },
      {
        name: 'all rows',
        sql: "ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (int4range(room, room, '[]') WITH &&, during WITH &&) DEFERRABLE",
        path: 'predicate',
      },
      {
        name: 'a check of that name',
        sql: 'ALTER TABLE bookings ADD CONSTRAINT no_overlap CHECK (id > 0)',
        path: 'constraint',
      },
    ],
  },
  {
    operation: 'safeCreateCheckConstraint',
    run: (g) => g.safeCreateCheckConstraint('users', 'users_name', "name <> ''"),
    down: 'ALTER TABLE users DROP CONSTRAINT users_name',
    undo: (g) => g.safeDropConstraint('users', 'users_name'),
    halves: [
      { name: 'not validated', sql: "ALTER TABLE users ADD CONSTRAINT users_name CHECK (name <> '') NOT VALID" },
    ],
    different: [
      {
        name: 'another expression',
        sql: 'ALTER TABLE users ADD CONSTRAINT users_name CHECK (id > 0)',
        path: 'expression',
      },
    ],
  },
  {
    operation: 'safeCreateCheckConstraint',
    variant: 'on a partitioned table',
    setup: `CREATE TABLE parts (id integer, age integer) PARTITION BY RANGE (id);
      CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10); INSERT INTO parts VALUES (1, 1);`,
    run: (g) => g.safeCreateCheckConstraint('parts', 'parts_age', 'age > 0'),
    down: 'ALTER TABLE parts DROP CONSTRAINT parts_age',
    undo: (g) => g.safeDropConstraint('parts', 'parts_age'),
    halves: [{ name: 'not validated', sql: 'ALTER TABLE parts ADD CONSTRAINT parts_age CHECK (age > 0) NOT VALID' }],
    different: [
      {
        name: 'another expression',
        sql: 'ALTER TABLE parts ADD CONSTRAINT parts_age CHECK (id > 0)',
        path: 'expression',
      },
    ],
  },
  {
    operation: 'safeValidateConstraint',
    setup: 'ALTER TABLE users ADD CONSTRAINT users_boss_positive CHECK (boss_id > 0) NOT VALID;',
    run: (g) => g.safeValidateConstraint('users', 'users_boss_positive'),
    down: 'ALTER TABLE users DROP CONSTRAINT users_boss_positive, ADD CONSTRAINT users_boss_positive CHECK (boss_id > 0) NOT VALID',
    halves: [],
    different: [],
  },
  {
    operation: 'safeValidateConstraint',
    variant: 'of a foreign key',
    setup: 'ALTER TABLE users ADD CONSTRAINT users_org FOREIGN KEY (boss_id) REFERENCES orgs (id) NOT VALID;',
    run: (g) => g.safeValidateConstraint('users', 'users_org'),
    down: 'ALTER TABLE users DROP CONSTRAINT users_org, ADD CONSTRAINT users_org FOREIGN KEY (boss_id) REFERENCES orgs (id) NOT VALID',
    halves: [],
    different: [],
  },
  {
    operation: 'safeDropConstraint',
    setup: 'ALTER TABLE users ADD CONSTRAINT users_boss_positive CHECK (boss_id > 0);',
    run: (g) => g.safeDropConstraint('users', 'users_boss_positive'),
    down: 'ALTER TABLE users ADD CONSTRAINT users_boss_positive CHECK (boss_id > 0)',
    halves: [],
    different: [],
  },
  {
    operation: 'safeDropConstraint',
    variant: 'of a foreign key',
    setup: 'ALTER TABLE users ADD CONSTRAINT users_org FOREIGN KEY (boss_id) REFERENCES orgs (id);',
    run: (g) => g.safeDropConstraint('users', 'users_org'),
    down: 'ALTER TABLE users ADD CONSTRAINT users_org FOREIGN KEY (boss_id) REFERENCES orgs (id)',
    halves: [],
    different: [],
  },
  {
    operation: 'safeRenameConstraint',
    setup: 'ALTER TABLE users ADD CONSTRAINT users_nick UNIQUE (nickname);',
    run: (g) => g.safeRenameConstraint('users', 'users_nick', 'users_nickname_key'),
    down: 'ALTER TABLE users RENAME CONSTRAINT users_nickname_key TO users_nick',
    undo: (g) => g.safeRenameConstraint('users', 'users_nickname_key', 'users_nick'),
    halves: [],
    different: [
      {
        name: 'both names',
        sql: 'ALTER TABLE users ADD CONSTRAINT users_nickname_key CHECK (boss_id > 0)',
        path: 'name',
      },
    ],
  },
];
