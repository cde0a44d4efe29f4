import { guard } from '@holdfast/typeorm';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { printReport } from '../../report.js';

const TABLES = ['members', 'audit_entries', 'documents', 'invoices'];

export class RowLevelSecurity1718000005000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner, { migrationId: 'row-level-security' });
    await g.forEachTable(TABLES, async (table, each) => {
      await each.validatePrerequisites({ columns: { [table]: ['tenant_id'] } });
      // First the policy: without one nobody but the owner would see a row.
      await each.safeCreatePolicy(table, 'own_tenant', {
        using: "tenant_id = current_setting('app.tenant_id', true)::integer",
      });
      await each.safeEnableRowLevelSecurity(table);
    });
    await g.when({ schema: 'auth', table: 'auth.sessions' }, (part) =>
      part.attempt('sessions', (inner) => inner.safeEnableRowLevelSecurity('auth.sessions')),
    );
    printReport(g);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    await g.forEachTable(
      TABLES,
      async (table, each) => {
        await each.safeDropPolicy(table, 'own_tenant');
        await each.safeDisableRowLevelSecurity(table);
      },
      { required: true },
    );
    await g.when({ schema: 'auth', table: 'auth.sessions' }, (part) =>
      part.safeDisableRowLevelSecurity('auth.sessions'),
    );
  }
}
