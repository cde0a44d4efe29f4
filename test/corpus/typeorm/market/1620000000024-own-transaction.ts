import { MigrationInterface, QueryRunner } from 'typeorm';

export class OwnTransaction1620000000024 implements MigrationInterface {
  transaction = false;

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.startTransaction('SERIALIZABLE');
    try {
      await queryRunner.query('ALTER TABLE "seller" ADD COLUMN "sales" integer');
      await queryRunner.query('UPDATE "seller" s SET "sales" = (SELECT count(*) FROM "purchase" p JOIN "offer" o ON o."id" = p."offer_id" WHERE o."seller_id" = s."id")');
      await queryRunner.query('ALTER TABLE "seller" ALTER COLUMN "sales" SET NOT NULL');
      await queryRunner.commitTransaction();
    } catch (error) {
      await queryRunner.rollbackTransaction();
      throw error;
    }
    await queryRunner.query('CREATE INDEX CONCURRENTLY "seller_sales" ON "seller" ("sales" DESC)');
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE "seller" DROP COLUMN "sales"');
  }
}
