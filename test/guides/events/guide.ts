/**
 * Enum values one by one and several at once, a trigger on a schema that not every installation has, a column, an index, another type, and
 * an enum that becomes a text with a check.
 */
import type { Guide } from '../guide.js';

const AUTH = `CREATE SCHEMA auth; CREATE TABLE auth.users (id integer PRIMARY KEY, email text NOT NULL);
  INSERT INTO auth.users VALUES (1, 'ada@example.com')`;

const FUNCTION = `CREATE FUNCTION make_profile() RETURNS trigger LANGUAGE plpgsql
  AS $$BEGIN INSERT INTO public.profiles VALUES (NEW.id, NEW.email); RETURN NEW; END$$`;

export const events: Guide = {
  name: 'enums and optional schemas',
  folder: 'events',
  setup: `
  CREATE TYPE event_type AS ENUM ('created', 'updated');
  CREATE TYPE severity AS ENUM ('low', 'high');
  CREATE TABLE events (id integer PRIMARY KEY, type event_type NOT NULL, note varchar(100), severity severity NOT NULL DEFAULT 'low');
  CREATE TABLE profiles (user_id integer PRIMARY KEY, email text);
  INSERT INTO events SELECT i, (ARRAY['created', 'updated']::event_type[])[i % 2 + 1], 'note ' || i, (ARRAY['low', 'high']::severity[])[i % 2 + 1] FROM generate_series(1, 40) i;
    ${AUTH}`,
  makes: [
    'enum event_type (created, updated, archived, shared, exported, deleted)',
    'column events.source character varying(255)',
    /^index CREATE INDEX events_source_idx ON public.events USING btree .source. valid=t/,
    'column events.note text',
    "column events.severity text not null default 'low'::text",
    /^constraint events.events_severity_check CHECK .*'low'.*'high'.* valid=t/,
    /^trigger CREATE TRIGGER make_profile AFTER INSERT ON auth.users .* enabled=O$/,
  ],
  states: [
    {
      what: 'values of which some are there',
      sql: "ALTER TYPE event_type ADD VALUE 'archived'; ALTER TYPE event_type ADD VALUE 'shared'",
    },
    {
      what: 'a value at another place',
      sql: "ALTER TYPE event_type ADD VALUE 'archived' BEFORE 'created'",
      stops: {
        code: 'HF_MISMATCH',
        says: "position: expected directly after 'updated', found archived, created, updated",
      },
      cure: `ALTER TABLE events ALTER type TYPE text; DROP TYPE event_type; CREATE TYPE event_type AS ENUM ('created', 'updated');
        ALTER TABLE events ALTER type TYPE event_type USING type::event_type`,
    },
    {
      what: 'a column of another length',
      sql: 'ALTER TABLE events ADD COLUMN source varchar(50)',
      stops: { code: 'HF_MISMATCH', says: 'type: expected varchar(255), found character varying(50)' },
      cure: 'ALTER TABLE events ALTER source TYPE varchar(255)',
    },
    {
      what: 'an INVALID index, and a text whose check is NOT VALID',
      sql: `ALTER TABLE events ADD COLUMN source varchar(255); CREATE INDEX events_source_idx ON events (source);
        ALTER TABLE events ALTER severity DROP DEFAULT, ALTER severity TYPE text, ALTER severity SET DEFAULT 'low',
          ADD CONSTRAINT events_severity_check CHECK (severity = ANY (ARRAY['low', 'high'])) NOT VALID;
        UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'events_source_idx'::regclass`,
      repairs: ['safeCreateIndex public.events(source)', 'safeConvertEnumToCheck public.events.severity'],
    },
    {
      what: 'a column whose type was changed by hand',
      sql: 'ALTER TABLE events ALTER note TYPE text',
    },
    {
      what: 'a trigger that was switched off',
      sql: `${FUNCTION}; CREATE TRIGGER make_profile AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION make_profile();
        ALTER TABLE auth.users DISABLE TRIGGER make_profile`,
      stops: { code: 'HF_MISMATCH', says: 'enabled: expected yes, found no' },
      cure: 'ALTER TABLE auth.users ENABLE TRIGGER make_profile',
    },
    {
      what: 'the function without its trigger',
      sql: FUNCTION,
    },
    {
      what: 'a database without the schema',
      sql: 'DROP TABLE auth.users; DROP SCHEMA auth',
      skips: ['when schema auth, table auth.users: schema auth does not exist'],
      cure: AUTH,
    },
  ],
};
