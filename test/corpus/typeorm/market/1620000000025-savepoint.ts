import { MigrationInterface, QueryRunner } from 'typeorm';

export class Savepoint1620000000025 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.startTransaction();
    try {
      await queryRunner.query('ALTER TABLE "offer" DROP CONSTRAINT "offer_price_old"');
      await queryRunner.commitTransaction();
    } catch (error) {
      await queryRunner.rollbackTransaction();
    }
    await queryRunner.query(`ALTER TABLE "offer" RENAME CONSTRAINT "offer_price_positive" TO "offer_price"`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "offer" RENAME CONSTRAINT "offer_price" TO "offer_price_positive"`);
  }
}
