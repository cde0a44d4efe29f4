import { guard } from '@holdfast/typeorm';
import { type MigrationInterface, type QueryRunner, TableCheck, TableForeignKey, TableIndex } from 'typeorm';
import { printReport } from '../../report.js';

const tenant = new TableForeignKey({
  name: 'members_tenant_id_fkey',
  columnNames: ['tenant_id'],
  referencedTableName: 'tenants',
  referencedColumnNames: ['id'],
});
const role = new TableCheck({ name: 'members_role_check', expression: "role IN ('reader', 'editor', 'owner')" });
const email = new TableCheck({ name: 'members_email_check', expression: "email LIKE '%@%'" });

export class SecurityConstraints1718000004000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner, { migrationId: 'SecurityConstraints' });
    await g.validatePrerequisites({
      tables: ['tenants', 'members', 'audit_entries'],
      columns: { members: ['id', 'email', 'role', 'tenant_id'], audit_entries: ['id', 'member_id', 'created_at'] },
      optionalColumns: { audit_entries: ['ip_address'] },
    });
    await g.safeCreateIndex('members', new TableIndex({ name: 'members_email_idx', columnNames: ['email'] }));
    await g.safeCreateIndex(
      'members',
      new TableIndex({ name: 'members_tenant_id_role_idx', columnNames: ['tenant_id', 'role'] }),
    );
    await g.safeCreateIndex('audit_entries', ['created_at', 'ip_address'], {
      name: 'audit_entries_created_idx',
      optionalColumns: ['ip_address'],
    });
    await g.safeAddForeignKey('members', tenant);
    await g.safeCreateCheckConstraint('members', role);
    // Addresses come from outside: wrong ones are for the support to correct, the deployment goes on.
    await g.safeCreateCheckConstraint('members', email, { onViolation: 'warn' });
    printReport(g);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    for (const name of ['members_email_check', 'members_role_check', 'members_tenant_id_fkey'])
      await g.safeDropConstraint('members', name);
    for (const name of ['audit_entries_created_idx', 'members_tenant_id_role_idx', 'members_email_idx'])
      await g.safeDropIndex(name);
  }
}
