import { MigrationInterface, QueryRunner, TableColumn } from 'typeorm';

export class SellerColumns1620000000004 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.addColumns('seller', [
      new TableColumn({ name: 'phone', type: 'varchar', length: '30', isNullable: true }),
      new TableColumn({ name: 'country', type: 'char', length: '2', default: "'DE'" }),
      new TableColumn({ name: 'public_id', type: 'uuid', isNullable: true, isUnique: true }),
      new TableColumn({ name: 'settings', type: 'json', default: "'{}'" }),
    ]);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropColumns('seller', ['phone', 'country', 'public_id', 'settings']);
  }
}
