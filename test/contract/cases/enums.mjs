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
  {
    operation: 'safeRenameEnumValue',
    setup: "ALTER TABLE users ADD mood mood DEFAULT 'sad' CHECK (mood <> 'happy')",
    run: (g) => g.safeRenameEnumValue('mood', 'sad', 'blue'),
    down: "ALTER TYPE mood RENAME VALUE 'blue' TO 'sad'",
    undo: (g) => g.safeRenameEnumValue('mood', 'blue', 'sad'),
    halves: [],
    different: [
      { name: 'both values', sql: "ALTER TYPE mood ADD VALUE 'blue'", path: 'values' },
      { name: 'a domain', sql: 'DROP TYPE mood CASCADE; CREATE DOMAIN mood AS text', path: 'kind' },
    ],
  },
  {
    operation: 'safeRenameEnum',
    setup: "ALTER TABLE users ADD mood mood DEFAULT 'sad', ADD moods mood[] CHECK (moods <> '{sad}')",
    run: (g) => g.safeRenameEnum('mood', 'humour'),
    down: 'ALTER TYPE humour RENAME TO mood',
    undo: (g) => g.safeRenameEnum('public.humour', 'public.mood'),
    halves: [],
    different: [
      { name: 'both types', sql: "CREATE TYPE humour AS ENUM ('sad', 'happy')", path: 'new name' },
      { name: 'a table', sql: 'CREATE TABLE humour ()', path: 'new name' },
      { name: 'a domain', sql: 'DROP TYPE mood CASCADE; CREATE DOMAIN mood AS text', path: 'kind' },
    ],
  },
  {
    operation: 'safeDropEnum',
    run: (g) => g.safeDropEnum('mood'),
    down: "CREATE TYPE mood AS ENUM ('sad', 'happy')",
    halves: [],
    different: [
      { name: 'a domain', sql: 'DROP TYPE mood; CREATE DOMAIN mood AS text', path: 'kind' },
      { name: 'a table', sql: 'DROP TYPE mood; CREATE TABLE mood ()', path: 'kind' },
    ],
  },
  {
    operation: 'safeRemoveEnumValue',
    setup: `
      ALTER TYPE mood ADD VALUE 'calm' AFTER 'sad';
      COMMENT ON TYPE mood IS 'How it goes';
      ALTER TABLE users ADD mood mood NOT NULL DEFAULT 'happy', ADD moods mood[] DEFAULT '{happy}',
        ADD CONSTRAINT rarely_sad CHECK (mood <> 'sad' OR id > 0);
      ALTER TABLE orgs ADD mood mood;
      CREATE INDEX users_sad ON users (id) WHERE mood = 'sad';
      COMMENT ON INDEX users_sad IS 'for the doctor';
      CREATE INDEX users_mood ON users (mood);`,
    run: (g) => g.safeRemoveEnumValue('mood', 'calm', { replaceWith: 'sad' }),
    down: "ALTER TYPE mood ADD VALUE 'calm' AFTER 'sad'",
    undo: (g) => g.safeAddEnumValue('mood', 'calm', { after: 'sad' }),
    halves: [],
    different: [{ name: 'a domain', sql: 'DROP TYPE mood CASCADE; CREATE DOMAIN mood AS text', path: 'kind' }],
  },
  {
    operation: 'safeRemoveEnumValue',
    variant: 'of a type that no table uses',
    setup: "ALTER TYPE mood ADD VALUE 'calm'",
    run: (g) => g.safeRemoveEnumValue('mood', 'calm'),
    down: "ALTER TYPE mood ADD VALUE 'calm'",
    halves: [],
    different: [],
  },
  {
    operation: 'safeConvertEnumToCheck',
    setup: "ALTER TABLE users ADD mood mood NOT NULL DEFAULT 'happy'; CREATE INDEX users_mood ON users (mood)",
    run: (g) => g.safeConvertEnumToCheck('users', 'mood', { values: ['sad', 'happy'] }),
    down: `ALTER TABLE users DROP CONSTRAINT users_mood_check, ALTER mood DROP DEFAULT, ALTER mood TYPE mood USING mood::mood, ALTER mood SET DEFAULT 'happy'`,
    halves: [
      {
        name: 'text without a check',
        sql: "ALTER TABLE users ALTER mood DROP DEFAULT, ALTER mood TYPE text, ALTER mood SET DEFAULT 'happy'",
      },
      {
        name: 'text with a check that is not validated',
        sql: `ALTER TABLE users ALTER mood DROP DEFAULT, ALTER mood TYPE text, ALTER mood SET DEFAULT 'happy',
          ADD CONSTRAINT users_mood_check CHECK (mood IN ('sad', 'happy')) NOT VALID`,
      },
    ],
    different: [
      { name: 'other values', sql: "ALTER TYPE mood ADD VALUE 'calm'", path: 'values' },
      {
        name: 'a number',
        sql: 'ALTER TABLE users ALTER mood DROP DEFAULT, ALTER mood TYPE integer USING 1',
        path: 'type',
      },
      {
        name: 'a check of that name',
        sql: 'ALTER TABLE users ADD CONSTRAINT users_mood_check CHECK (id > 0)',
        path: 'check users_mood_check',
      },
    ],
  },
  {
    operation: 'safeConvertEnumToCheck',
    variant: 'of an array',
    setup: "ALTER TABLE users ADD moods mood[] DEFAULT '{sad}'",
    run: (g) => g.safeConvertEnumToCheck('users', 'moods'),
    down: `ALTER TABLE users DROP CONSTRAINT users_moods_check, ALTER moods DROP DEFAULT, ALTER moods TYPE mood[] USING moods::mood[], ALTER moods SET DEFAULT '{sad}'`,
    halves: [],
    different: [],
  },
];
