import { guard, sql } from '@holdfast/typeorm';
import { type MigrationInterface, type QueryRunner, TableColumn, TableIndex } from 'typeorm';
import { printReport } from '../../report.js';

const TABLES = ['jobs', 'imports', 'exports'];

export class AddReferences1718000095000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner, { schema: 'platform' });
    await g.forEachTable(
      TABLES,
      async (table, each) => {
        const key = await each.detectPkColumn(table, { candidates: ['import_id', 'id'] });
        await each.safeAddColumn(table, new TableColumn({ name: 'reference', type: 'uuid', isNullable: true }));
        await each.backfill(table, { set: { reference: sql.ident(key) }, where: { reference: null } });
        await each.safeCreateIndex(table, new TableIndex({ columnNames: ['reference'] }));
      },
      { required: true },
    );
    printReport(g);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner, { schema: 'platform' });
    await g.forEachTable(TABLES, (table, each) => each.safeDropColumn(table, 'reference'), { required: true });
  }
}
