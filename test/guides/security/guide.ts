/**
 * Everything a migration needs is asked for at once; columns that not every installation has are left out; data that a check forbids are a
 * warning; row level security goes table by table, and what it cannot reach is reported.
 */
import type { Guide } from '../guide.js';

export const security: Guide = {
  name: 'constraints and row level security',
  folder: 'security',
  setup: `
    CREATE TABLE tenants (id integer PRIMARY KEY, name text NOT NULL);
    CREATE TABLE members (id integer PRIMARY KEY, tenant_id integer NOT NULL, email text NOT NULL, role text NOT NULL);
    CREATE TABLE audit_entries (id integer PRIMARY KEY, tenant_id integer NOT NULL, member_id integer, action text NOT NULL,
      created_at timestamptz NOT NULL);
    INSERT INTO tenants SELECT i, 'Tenant ' || i FROM generate_series(1, 3) i;
    INSERT INTO members SELECT i, i % 3 + 1, 'm' || i || '@example.com', (ARRAY['reader', 'editor', 'owner'])[i % 3 + 1] FROM generate_series(1, 60) i;
    INSERT INTO audit_entries SELECT i, i % 3 + 1, i % 60 + 1, 'login', timestamptz '2025-01-01Z' + i * interval '1 hour' FROM generate_series(1, 90) i`,
  makes: [
    'index CREATE INDEX members_email_idx ON public.members USING btree (email) valid=t ready=t',
    // Without ip_address, which is not there.
    'index CREATE INDEX audit_entries_created_idx ON public.audit_entries USING btree (created_at) valid=t ready=t',
    /^constraint members.members_role_check CHECK .* valid=t/,
    /^constraint members.members_email_check CHECK .* valid=t/,
    /^constraint members.members_tenant_id_fkey FOREIGN KEY .tenant_id. REFERENCES tenants.id. valid=t/,
    'row security members enabled=t forced=f',
    'row security audit_entries enabled=t forced=f',
    /^policy audit_entries.own_tenant \* permissive=t to \{-\} using .tenant_id = /,
  ],
  states: [
    {
      what: 'a database in which earlier migrations did not run',
      sql: 'DROP TABLE audit_entries; ALTER TABLE members RENAME tenant_id TO tenantid; ALTER TABLE members DROP COLUMN role',
      stops: {
        code: 'HF_PREREQUISITE',
        says: [
          '3 prerequisites are missing',
          'table audit_entries does not exist',
          'column members.role does not exist',
          'column members.tenant_id does not exist (there is tenantid)',
        ],
      },
      cure: `ALTER TABLE members RENAME tenantid TO tenant_id; ALTER TABLE members ADD role text;
        UPDATE members SET role = (ARRAY['reader', 'editor', 'owner'])[id % 3 + 1]; ALTER TABLE members ALTER role SET NOT NULL;
        CREATE TABLE audit_entries (id integer PRIMARY KEY, tenant_id integer NOT NULL, member_id integer, action text NOT NULL, created_at timestamptz NOT NULL);
        INSERT INTO audit_entries SELECT i, i % 3 + 1, i % 60 + 1, 'login', timestamptz '2025-01-01Z' + i * interval '1 hour' FROM generate_series(1, 90) i`,
    },
    {
      what: 'an index that failed halfway, a check and a foreign key that are NOT VALID',
      sql: `CREATE INDEX members_email_idx ON members (email);
        UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'members_email_idx'::regclass;
        ALTER TABLE members ADD CONSTRAINT members_role_check CHECK (role IN ('reader', 'editor', 'owner')) NOT VALID,
          ADD CONSTRAINT members_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) NOT VALID`,
      repairs: [
        'safeCreateIndex public.members(email)',
        'safeCreateCheckConstraint public.members.members_role_check',
        'safeAddForeignKey public.members(tenant_id)',
      ],
    },
    {
      what: 'rows that a check forbids: a warning until they are corrected',
      sql: "UPDATE members SET email = 'nobody' WHERE id = 7",
      skips: ['safeCreateCheckConstraint public.members.members_email_check: nothing was changed: 1 row violates'],
      cure: "UPDATE members SET email = 'm7@example.com' WHERE id = 7",
    },
    {
      what: 'rows that lead nowhere',
      sql: 'INSERT INTO members VALUES (61, 99, $$m61@example.com$$, $$reader$$)',
      stops: { code: 'HF_DATA', says: ['1 row has no parent in public.tenants', '{"id":61,"tenant_id":99}'] },
      cure: 'DELETE FROM members WHERE id = 61',
    },
    {
      what: 'row level security without its policy',
      sql: 'ALTER TABLE members ENABLE ROW LEVEL SECURITY',
    },
    {
      what: 'a column and a table that only some have',
      sql: `ALTER TABLE audit_entries ADD COLUMN ip_address inet; CREATE TABLE documents (id integer PRIMARY KEY, tenant_id integer NOT NULL)`,
      cure: 'DROP INDEX audit_entries_created_idx; ALTER TABLE audit_entries DROP COLUMN ip_address; DROP TABLE documents',
    },
  ],
};
