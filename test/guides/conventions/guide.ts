/**
 * Numbered files, a schema of its own, `jsonb` and `uuid` with defaults, a check instead of an enum and an enum, keys of different names,
 * tables that not every installation has.
 */
import type { Guide } from '../guide.js';

export const conventions: Guide = {
  name: 'conventions of a project',
  folder: 'conventions',
  setup: `
    CREATE SCHEMA platform;
    CREATE TABLE platform.jobs (id uuid PRIMARY KEY, title text NOT NULL);
    CREATE TABLE platform.imports (import_id uuid PRIMARY KEY, id integer, title text NOT NULL);
    INSERT INTO platform.jobs SELECT md5('job ' || i)::uuid, 'Job ' || i FROM generate_series(1, 40) i;
    INSERT INTO platform.imports SELECT md5('import ' || i)::uuid, i, 'Import ' || i FROM generate_series(1, 30) i`,
  makes: [
    "column platform.jobs.settings jsonb not null default '{}'::jsonb",
    'enum platform.run_state (queued, running, done)',
    'column platform.job_runs.id uuid not null default gen_random_uuid()',
    "column platform.job_runs.metadata jsonb not null default '{}'::jsonb",
    /^constraint platform.job_runs.\w+ FOREIGN KEY .job_id. REFERENCES platform.jobs.id. ON DELETE CASCADE valid=t/,
    /^constraint platform.job_runs.job_runs_outcome_check CHECK .* valid=t/,
    /^index .* ON platform.imports USING btree .reference. valid=t/,
  ],
  rows: {
    'SELECT count(*) FROM platform.jobs WHERE reference = id': 40,
    // Not the `id` that the table has as well.
    'SELECT count(*) FROM platform.imports WHERE reference = import_id': 30,
  },
  states: [
    {
      what: 'a column of another type',
      sql: "ALTER TABLE platform.jobs ADD COLUMN settings text NOT NULL DEFAULT '{}'",
      stops: { code: 'HF_MISMATCH', says: 'type: expected jsonb, found text' },
      cure: `ALTER TABLE platform.jobs ALTER COLUMN settings DROP DEFAULT, ALTER COLUMN settings TYPE jsonb USING settings::jsonb,
        ALTER COLUMN settings SET DEFAULT '{}'`,
    },
    {
      what: 'an enum that lacks a label',
      sql: "CREATE TYPE platform.run_state AS ENUM ('queued', 'done')",
      stops: { code: 'HF_MISMATCH', says: 'queued, running, done' },
      cure: "ALTER TYPE platform.run_state ADD VALUE 'running' AFTER 'queued'",
    },
    {
      what: 'a table without its last columns, and a check that is NOT VALID',
      sql: `CREATE TYPE platform.run_state AS ENUM ('queued', 'running', 'done');
        CREATE TABLE platform.job_runs (id uuid CONSTRAINT job_runs_pkey PRIMARY KEY DEFAULT gen_random_uuid(), job_id uuid NOT NULL,
          state platform.run_state NOT NULL DEFAULT 'queued', outcome varchar(50) NOT NULL);
        ALTER TABLE platform.job_runs ADD CONSTRAINT job_runs_outcome_check CHECK (outcome IN ('pending', 'good', 'bad')) NOT VALID`,
      repairs: [
        'safeCreateTable platform.job_runs',
        'safeCreateCheckConstraint platform.job_runs.job_runs_outcome_check',
      ],
    },
    {
      what: 'a table without a declared key, half of it filled',
      sql: `ALTER TABLE platform.jobs DROP CONSTRAINT jobs_pkey; CREATE UNIQUE INDEX jobs_pkey ON platform.jobs (id);
        ALTER TABLE platform.jobs ADD COLUMN reference uuid; UPDATE platform.jobs SET reference = id WHERE title < 'Job 3'`,
      cure: 'ALTER TABLE platform.jobs ADD PRIMARY KEY USING INDEX jobs_pkey',
    },
    {
      what: 'a table that most installations do not have',
      sql: 'CREATE TABLE platform.exports (id uuid PRIMARY KEY); INSERT INTO platform.exports VALUES (md5($$export$$)::uuid)',
      cure: 'DROP TABLE platform.exports',
    },
  ],
};
