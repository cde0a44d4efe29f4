import { guard } from '@holdfast/knex';
import type { Knex } from 'knex';
import { printReport } from '../../report.js';

export async function up(knex: Knex): Promise<void> {
  const g = guard(knex, { migrationId: '004-security-constraints' });
  await g.validatePrerequisites({
    tables: ['tenants', 'members', 'audit_entries'],
    columns: { members: ['id', 'email', 'role', 'tenant_id'], audit_entries: ['id', 'member_id', 'created_at'] },
    optionalColumns: { audit_entries: ['ip_address'] },
  });
  await g.safeCreateIndex('members', ['email']);
  await g.safeCreateIndex('members', ['tenant_id', 'role']);
  await g.safeCreateIndex('audit_entries', ['created_at', 'ip_address'], {
    name: 'audit_entries_created_idx',
    optionalColumns: ['ip_address'],
  });
  await g.safeAddForeignKey('members', ['tenant_id'], { references: { table: 'tenants', columns: ['id'] } });
  await g.safeCreateCheckConstraint('members', 'members_role_check', "role IN ('reader', 'editor', 'owner')");
  // Addresses come from outside: wrong ones are for the support to correct, the deployment goes on.
  await g.safeCreateCheckConstraint('members', 'members_email_check', "email LIKE '%@%'", { onViolation: 'warn' });
  printReport(g);
}

export async function down(knex: Knex): Promise<void> {
  const g = guard(knex);
  for (const name of ['members_email_check', 'members_role_check', 'members_tenant_id_fkey'])
    await g.safeDropConstraint('members', name);
  for (const name of ['audit_entries_created_idx', 'members_tenant_id_role_idx', 'members_email_idx'])
    await g.safeDropIndex(name);
}
