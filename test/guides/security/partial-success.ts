/** Row level security where some tables are not there, not ours or not fit for it: the rest is done, and the report says which. */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { catalogOf } from '../../support/catalog.js';
import { serverFor } from '../../support/server.js';
import { forget, type Host, openDatabase, readMigrations } from '../hosts.js';
import { takeReports } from '../report.js';
import { security } from './guide.js';

/** A role that owns the tables of the guide; `invoices` belongs to somebody else, `documents` has no tenant. */
async function prepare(client: pg.Client, role: string): Promise<void> {
  await client.query(
    `CREATE ROLE ${role} LOGIN PASSWORD '${role}'; GRANT CREATE ON SCHEMA public TO ${role}; SET ROLE ${role};
     ${security.setup}; CREATE TABLE documents (id integer PRIMARY KEY);
     RESET ROLE; CREATE TABLE invoices (id integer PRIMARY KEY, tenant_id integer NOT NULL)`,
  );
  onTestFinished(async () => {
    await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });
}

export function testPartialSuccess(host: Host): void {
  test.each(host.modes)('what cannot be done is reported and the rest is done, %s', async (mode) => {
    const { client, url } = await openDatabase(serverFor());
    const role = `hf_deploy_${randomBytes(6).toString('hex')}`;
    await prepare(client, role);
    const asRole = Object.assign(new URL(url), { username: role, password: role }).href;
    const runner = await host.open(asRole, await readMigrations(security.folder, host), mode);
    onTestFinished(() => runner.close());
    const up = async (): Promise<string> => {
      takeReports();
      await forget(client, host);
      await runner.up();
      return print(takeReports()[1], role);
    };
    expect(await up()).toMatchInlineSnapshot(`
      "row-level-security: 4 applied, 1 skipped, 2 failed
        ✗ failed       forEachTable                members, audit_entries, documents, invoices  2 of 4 tables failed
          + applied    table                       members
            + applied  safeCreatePolicy            public.members.own_tenant
            + applied  safeEnableRowLevelSecurity  public.members
          + applied    table                       audit_entries
            + applied  safeCreatePolicy            public.audit_entries.own_tenant
            + applied  safeEnableRowLevelSecurity  public.audit_entries
          ✗ failed     table                       documents  HF_PREREQUISITE validatePrerequisites: row-level-security: 1 prerequisite is missing (PostgreSQL 18, role deploy, search_path "$user", public): - column documents.tenant_id does not exist
          ✗ failed     table                       invoices  HF_PRIVILEGE safeCreatePolicy: public.invoices.own_tenant: must be owner of table invoices (SQLSTATE 42501) The statement: CREATE POLICY "own_tenant" ON "public"."invoices" FOR ALL TO PUBLIC USING (tenant_id = current_setting('app.tenant_id', true)::integer)
            ✗ failed   safeCreatePolicy            public.invoices.own_tenant  must be owner of table invoices (SQLSTATE 42501)
        - skipped      when                        schema auth, table auth.sessions             schema auth does not exist"
    `);
    const after = await catalogOf(client);
    expect(after.filter((line) => line.startsWith('row security'))).toEqual([
      'row security audit_entries enabled=t forced=f',
      'row security members enabled=t forced=f',
    ]);

    // What is done is left alone; what failed is tried, and fails again.
    expect(await up()).toMatchInlineSnapshot(`
              "row-level-security: 4 unchanged, 1 skipped, 2 failed
                ✗ failed         forEachTable                members, audit_entries, documents, invoices  2 of 4 tables failed
                  = unchanged    table                       members
                    = unchanged  safeCreatePolicy            public.members.own_tenant
                    = unchanged  safeEnableRowLevelSecurity  public.members
                  = unchanged    table                       audit_entries
                    = unchanged  safeCreatePolicy            public.audit_entries.own_tenant
                    = unchanged  safeEnableRowLevelSecurity  public.audit_entries
                  ✗ failed       table                       documents  HF_PREREQUISITE validatePrerequisites: row-level-security: 1 prerequisite is missing (PostgreSQL 18, role deploy, search_path "$user", public): - column documents.tenant_id does not exist
                  ✗ failed       table                       invoices  HF_PRIVILEGE safeCreatePolicy: public.invoices.own_tenant: must be owner of table invoices (SQLSTATE 42501) The statement: CREATE POLICY "own_tenant" ON "public"."invoices" FOR ALL TO PUBLIC USING (tenant_id = current_setting('app.tenant_id', true)::integer)
                    ✗ failed     safeCreatePolicy            public.invoices.own_tenant  must be owner of table invoices (SQLSTATE 42501)
                - skipped        when                        schema auth, table auth.sessions             schema auth does not exist"
            `);
    expect(await catalogOf(client)).toEqual(after);

    await client.query(`ALTER TABLE invoices OWNER TO ${role}; ALTER TABLE documents ADD COLUMN tenant_id integer`);
    expect(await up()).toMatch(/^row-level-security: 4 applied, 4 unchanged, 1 skipped\n/);
  });
}

/** Without times, and without what differs between servers, and between a transaction and none. */
function print(report: unknown, role: string): string {
  return String(report)
    .replaceAll(role, 'deploy')
    .replaceAll(/PostgreSQL \d+\.\d+/g, 'PostgreSQL 18')
    .replaceAll(/ +\d[\d.]* ms/g, '')
    .replaceAll(/; (what was done before it stays|all of it was taken back)/g, '');
}
