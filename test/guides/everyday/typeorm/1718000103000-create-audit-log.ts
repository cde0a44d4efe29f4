import { guard } from '@holdfast/typeorm';
import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { printReport } from '../../report.js';

export class CreateAuditLog1718000103000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    await g.safeCreateTable(
      new Table({
        name: 'audit_log',
        columns: [
          {
            name: 'id',
            type: 'int',
            isPrimary: true,
            isGenerated: true,
            generationStrategy: 'identity',
            generatedIdentity: 'BY DEFAULT',
            primaryKeyConstraintName: 'audit_log_pkey',
          },
          { name: 'user_id', type: 'varchar', length: '36', isNullable: true },
          { name: 'action', type: 'varchar', length: '50' },
          { name: 'entity_type', type: 'varchar', length: '50' },
          { name: 'entity_id', type: 'varchar', length: '36' },
          { name: 'old_value', type: 'json', isNullable: true },
          { name: 'new_value', type: 'json', isNullable: true },
          { name: 'created_at', type: 'timestamptz', default: 'CURRENT_TIMESTAMP' },
        ],
        foreignKeys: [
          {
            columnNames: ['user_id'],
            referencedTableName: 'user',
            referencedColumnNames: ['id'],
            onDelete: 'SET NULL',
          },
        ],
        indices: [
          { name: 'ix_audit_log_entity', columnNames: ['entity_type', 'entity_id'] },
          { name: 'ix_audit_log_user', columnNames: ['user_id'] },
          { name: 'ix_audit_log_created', columnNames: ['created_at'] },
        ],
      }),
      { complete: true },
    );
    printReport(g);
  }

  /** Stops once something is logged: what happened is not taken back. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await guard(queryRunner).safeDropTable('audit_log');
  }
}
