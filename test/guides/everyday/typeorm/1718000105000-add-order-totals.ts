import { guard, sql } from '@holdfast/typeorm';
import { type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';
import { printReport } from '../../report.js';

export class AddOrderTotals1718000105000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    await g.safeAddColumn('orders', new TableColumn({ name: 'total_quantity', type: 'int', default: 0 }));
    await g.backfill('orders', {
      set: {
        total_quantity: sql`(SELECT coalesce(sum(l.quantity), 0) FROM order_lines l WHERE l.order_id = orders.id)`,
      },
    });
    printReport(g);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await guard(queryRunner).safeDropColumn('orders', 'total_quantity');
  }
}
