import { MigrationInterface, QueryRunner } from 'typeorm';

export class RenameOrder1620000000014 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.renameTable('order', 'purchase');
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.renameTable('purchase', 'order');
  }
}
