const ROWS = [
  { id: 1000001, name: 'root', nickname: null },
  { id: 1000002, name: 'nobody', nickname: "nobody's" },
];

/** @type {readonly import('../cases.mjs').Case[]} */
export const DATA = [
  {
    operation: 'seed',
    run: (g) => g.seed('users', ROWS, { key: 'id' }),
    down: 'DELETE FROM users WHERE id > 1000000',
    rows: true,
    halves: [{ name: 'one of the rows', sql: "INSERT INTO users (id, name) VALUES (1000001, 'root')" }],
    different: [
      {
        name: 'another value',
        sql: "INSERT INTO users (id, name) VALUES (1000001, 'admin')",
        path: 'id = 1000001: name',
      },
    ],
  },
];
