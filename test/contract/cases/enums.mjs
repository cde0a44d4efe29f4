/** @type {readonly import('../cases.mjs').Case[]} */
export const ENUMS = [
  {
    operation: 'safeCreateEnum',
    run: (g) => g.safeCreateEnum('plan', ['free', 'paid']),
    down: 'DROP TYPE plan',
    halves: [],
    different: [
      { name: 'other values', sql: "CREATE TYPE plan AS ENUM ('free', 'team')", path: 'values' },
      { name: 'another order', sql: "CREATE TYPE plan AS ENUM ('paid', 'free')", path: 'values' },
      { name: 'a domain', sql: 'CREATE DOMAIN plan AS text', path: 'kind' },
    ],
  },
  {
    operation: 'safeAddEnumValue',
    run: (g) => g.safeAddEnumValue('mood', 'calm', { after: 'sad' }),
    down: "DROP TYPE mood; CREATE TYPE mood AS ENUM ('sad', 'happy')",
    halves: [],
    different: [{ name: 'at the wrong place', sql: "ALTER TYPE mood ADD VALUE 'calm' BEFORE 'sad'", path: 'position' }],
  },
];
