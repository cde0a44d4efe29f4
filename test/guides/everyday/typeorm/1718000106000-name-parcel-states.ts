import { guard, sql } from '@holdfast/typeorm';
import { type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';
import { printReport } from '../../report.js';

export class NameParcelStates1718000106000 implements MigrationInterface {
  /** One short transaction for each batch. */
  transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    await g.when({ table: 'parcels', column: 'old_state' }, async (part) => {
      if (!(await part.columnExists('parcels', 'state')))
        await part.safeAddColumn(
          'parcels',
          new TableColumn({ name: 'state', type: 'varchar', length: '20', isNullable: true }),
        );
      await part.backfill('parcels', {
        set: { state: sql`CASE old_state WHEN 1 THEN 'active' WHEN 2 THEN 'inactive' ELSE 'unknown' END` },
        where: { state: null },
        batchSize: 100,
      });
      await part.safeSetNotNull('parcels', 'state');
      await part.safeDropColumn('parcels', 'old_state');
    });
    await g.validatePrerequisites({ columns: { parcels: { state: 'varchar(20)' } } });
    printReport(g);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    await g.when({ table: 'parcels', column: 'state' }, async (part) => {
      if (!(await part.columnExists('parcels', 'old_state')))
        await part.safeAddColumn('parcels', new TableColumn({ name: 'old_state', type: 'smallint', isNullable: true }));
      await part.backfill('parcels', {
        set: { old_state: sql`CASE state WHEN 'active' THEN 1 WHEN 'inactive' THEN 2 ELSE 0 END` },
        where: { old_state: null },
      });
      await part.safeSetNotNull('parcels', 'old_state');
      await part.safeDropColumn('parcels', 'state');
    });
  }
}
