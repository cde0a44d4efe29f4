import { MigrationInterface, QueryRunner } from 'typeorm';

export class CompositeKey1620000000019 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropPrimaryKey('purchase');
    await queryRunner.createPrimaryKey('purchase', ['buyer_id', 'offer_id']);
    await queryRunner.dropUniqueConstraint('purchase', 'order_once');
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE "purchase" ADD CONSTRAINT "order_once" UNIQUE ("buyer_id", "offer_id")');
    await queryRunner.updatePrimaryKeys('purchase', [(await queryRunner.getTable('purchase'))!.findColumnByName('id')!]);
  }
}
