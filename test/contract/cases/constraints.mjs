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
