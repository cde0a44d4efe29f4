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
];
