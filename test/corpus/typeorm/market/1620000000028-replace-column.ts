import { MigrationInterface, QueryRunner, TableColumn } from 'typeorm';

export class ReplaceColumn1620000000028 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropColumn('buyer', 'window');
    await queryRunner.addColumn('buyer', new TableColumn({ name: 'window', type: 'time', isArray: true, isNullable: true }));
    await queryRunner.changeColumn('buyer', 'balance', new TableColumn({ name: 'credit', type: 'double precision', default: 0 }));
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.changeColumn('buyer', 'credit', new TableColumn({ name: 'balance', type: 'double precision', default: 0 }));
    await queryRunner.dropColumn('buyer', 'window');
    await queryRunner.addColumn('buyer', new TableColumn({ name: 'window', type: 'interval', isNullable: true }));
  }
}
