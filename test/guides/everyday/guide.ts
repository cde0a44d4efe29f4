/**
 * What migrations do every day: indexes, unique, NOT NULL, a new table, renames, another type, a computed column, rows in batches, an enum
 * value with an entry in a log, several columns at once. The renamed table is called `user` and one column `coalesce`, both of them words
 * that plain SQL must quote.
 */
import type { Guide } from '../guide.js';

/** The renamed table, by whichever name it has: one transaction takes the rename back with the rest. */
function onUser(statement: (table: string) => string): string {
  return `DO $$ BEGIN IF to_regclass('login') IS NULL THEN ${statement('"user"')}; ELSE ${statement('login')}; END IF; END $$`;
}

export const everyday: Guide = {
  name: 'everyday patterns',
  folder: 'everyday',
  setup: `
    CREATE TYPE person_source AS ENUM ('directory', 'manual');
    CREATE TABLE login (id varchar(36) PRIMARY KEY, username varchar(100) NOT NULL, email varchar(255), name_en varchar(255),
      is_active boolean NOT NULL DEFAULT true, source person_source NOT NULL DEFAULT 'directory');
    CREATE TABLE badge (id integer PRIMARY KEY, login_id varchar(36), CONSTRAINT fk_badge_login FOREIGN KEY (login_id) REFERENCES login (id));
    CREATE TABLE role (id integer PRIMARY KEY, description varchar(255));
    CREATE TABLE orders (id integer PRIMARY KEY, placed_on date NOT NULL);
    CREATE TABLE order_lines (order_id integer NOT NULL REFERENCES orders (id), line integer, quantity integer NOT NULL, PRIMARY KEY (order_id, line));
    CREATE TABLE parcels (id integer PRIMARY KEY, old_state smallint NOT NULL);
    CREATE TABLE timed_job (id integer PRIMARY KEY, name text NOT NULL);
    CREATE TABLE change_log (id uuid PRIMARY KEY, action text NOT NULL, entity text NOT NULL, details json NOT NULL,
      logged_at timestamptz NOT NULL DEFAULT timestamptz '2025-06-01Z');
    INSERT INTO login SELECT 'u' || i, 'user' || i, 'u' || i || '@example.com', 'Name ' || i, i % 4 > 0, (ARRAY['directory', 'manual']::person_source[])[i % 2 + 1] FROM generate_series(1, 50) i;
    INSERT INTO badge SELECT i, 'u' || i FROM generate_series(1, 30) i;
    INSERT INTO role VALUES (1, 'Reads'), (2, NULL);
    INSERT INTO orders SELECT i, date '2025-01-01' + i FROM generate_series(1, 20) i;
    INSERT INTO order_lines SELECT o, l, o + l FROM generate_series(1, 15) o, generate_series(1, 3) l;
    INSERT INTO parcels SELECT i, i % 3 FROM generate_series(1, 500) i;
    INSERT INTO timed_job VALUES (1, 'nightly')`,
  makes: [
    'constraint badge.fk_badge_user FOREIGN KEY (user_id) REFERENCES "user"(id) valid=t',
    'column "user".name character varying(255)',
    'index CREATE INDEX ix_user_is_active ON public."user" USING btree (is_active) valid=t ready=t',
    'constraint "user".uq_user_username UNIQUE (username) valid=t',
    'column "user".email character varying(255) not null',
    'column audit_log.created_at timestamp with time zone not null default CURRENT_TIMESTAMP',
    /^constraint audit_log.\w+ FOREIGN KEY .user_id. REFERENCES "user".id. ON DELETE SET NULL valid=t/,
    /^index CREATE INDEX ix_audit_log_entity ON public.audit_log USING btree .entity_type, entity_id. valid=t/,
    'column role.description text',
    'column orders.total_quantity integer not null default 0',
    'column parcels.state character varying(20) not null',
    'enum person_source (directory, manual, service)',
    'column "user".status_override boolean not null default false',
    'constraint "user".fk_user_override_set_by FOREIGN KEY (override_set_by_id) REFERENCES "user"(id) ON DELETE SET NULL valid=t',
    'column timed_job.coalesce boolean not null default true',
    'comment timed_job.priority Higher runs first',
    /^index .* ON public.timed_job USING btree .priority, id. valid=t/,
  ],
  rows: {
    // 3 lines of order o hold o + 1, o + 2, o + 3; orders 16 to 20 have none.
    'SELECT sum(total_quantity) FROM orders': 450,
    'SELECT count(*) FROM orders WHERE total_quantity = 0': 5,
    "SELECT count(*) FROM parcels WHERE state = CASE id % 3 WHEN 1 THEN 'active' WHEN 2 THEN 'inactive' ELSE 'unknown' END": 500,
    'SELECT count(*) FROM change_log': 1,
  },
  keeps: ['change_log'],
  states: [
    {
      what: 'a rename that was cut off after the table',
      sql: 'ALTER TABLE login RENAME TO "user"',
    },
    {
      what: 'both tables, because somebody has made the new one by hand',
      sql: 'CREATE TABLE "user" (id varchar(36) PRIMARY KEY)',
      stops: { code: 'HF_MISMATCH', says: 'found both, public.login and public.user' },
      cure: 'DROP TABLE "user"',
    },
    {
      what: 'a foreign key that is NOT VALID, an INVALID index, a column without its comment',
      sql: `ALTER TABLE badge DROP CONSTRAINT fk_badge_login, ADD CONSTRAINT fk_badge_login FOREIGN KEY (login_id) REFERENCES login (id) NOT VALID;
        CREATE INDEX ix_user_is_active ON login (is_active);
        UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_user_is_active'::regclass;
        ALTER TABLE timed_job ADD COLUMN priority integer NOT NULL DEFAULT 0`,
      repairs: ['safeCreateIndex public.user(is_active)'],
    },
    {
      what: 'names that come twice',
      sql: "INSERT INTO login (id, username, email) VALUES ('u51', 'user9', 'u51@example.com')",
      stops: { code: 'HF_DATA', says: '{"username":"user9","rows":2}' },
      cure: onUser((table) => `DELETE FROM ${table} WHERE id = 'u51'`),
    },
    {
      what: 'rows without an address',
      sql: "UPDATE login SET email = NULL WHERE id IN ('u3', 'u4')",
      stops: { code: 'HF_DATA', says: '2 rows with NULL in email' },
      cure: onUser((table) => `UPDATE ${table} SET email = id || '@example.com' WHERE email IS NULL`),
    },
    {
      what: 'a new table that lacks its key to another one and two of its indexes',
      sql: `CREATE TABLE audit_log (id integer GENERATED BY DEFAULT AS IDENTITY CONSTRAINT audit_log_pkey PRIMARY KEY, user_id varchar(36), action varchar(50) NOT NULL,
          entity_type varchar(50) NOT NULL, entity_id varchar(36) NOT NULL, old_value json, new_value json,
          created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP);
        CREATE INDEX ix_audit_log_created ON audit_log (created_at)`,
      repairs: ['safeCreateTable public.audit_log'],
    },
    {
      what: 'a column that another way of adding it has left nullable',
      sql: 'ALTER TABLE orders ADD COLUMN total_quantity integer; UPDATE orders SET total_quantity = 0 WHERE id < 9',
      stops: {
        code: 'HF_MISMATCH',
        says: ['nullability: expected NOT NULL, found NULL', /default: expected '?0'?, found none/],
      },
      cure: `ALTER TABLE orders ALTER total_quantity SET DEFAULT 0; UPDATE orders SET total_quantity = 0;
        ALTER TABLE orders ALTER total_quantity SET NOT NULL`,
    },
    {
      what: 'rows of which half are changed',
      sql: "ALTER TABLE parcels ADD COLUMN state varchar(20); UPDATE parcels SET state = CASE old_state WHEN 1 THEN 'active' WHEN 2 THEN 'inactive' ELSE 'unknown' END WHERE id < 260",
    },
    {
      what: 'an enum value and its entry in the log that are there',
      sql: `ALTER TYPE person_source ADD VALUE 'service';
        INSERT INTO change_log (id, action, entity, details) VALUES ('6f1c2a52-0b7e-4b7c-9d53-2f6f9f1f0108', 'schema', 'user', '{"column":"source","added":"service"}')`,
    },
    {
      what: 'an entry in the log that says something else',
      sql: `INSERT INTO change_log (id, action, entity, details) VALUES ('6f1c2a52-0b7e-4b7c-9d53-2f6f9f1f0108', 'schema', 'user', '{}')`,
      stops: { code: 'HF_MISMATCH', says: 'details: expected {"column":"source","added":"service"}, found {}' },
      cure: 'DELETE FROM change_log',
    },
  ],
};
