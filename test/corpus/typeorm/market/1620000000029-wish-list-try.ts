import { MigrationInterface, QueryRunner, Table } from 'typeorm';

export class WishListTry1620000000029 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    const table = new Table({ name: 'wish', columns: [{ name: 'id', type: 'serial', isPrimary: true }, { name: 'buyer_id', type: 'uuid' }] });
    await queryRunner.createTable(table);
    await queryRunner.dropTable(table);
    await queryRunner.createTable(new Table({ name: 'wishes', columns: [{ name: 'buyer_id', type: 'uuid', isPrimary: true }, { name: 'offers', type: 'bigint', isArray: true, default: 'ARRAY[]::bigint[]' }] }));
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.clearTable('wishes');
    await queryRunner.dropTable('wishes');
  }
}
