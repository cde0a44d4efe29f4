import { MigrationInterface, QueryRunner } from 'typeorm';

export class RawAlter1620000000023 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE "purchase"
        ADD COLUMN "note" text,
        ADD COLUMN "paid" numeric(12,2) NOT NULL DEFAULT 0,
        ADD CONSTRAINT "purchase_paid" CHECK ("paid" >= 0) NOT VALID,
        ALTER COLUMN "amount" TYPE smallint,
        DROP CONSTRAINT "order_amount",
        ADD CONSTRAINT "order_amount" CHECK ("amount" > 0);
      UPDATE "purchase" p SET "paid" = o."price" * p."amount" FROM "offer" o WHERE o."id" = p."offer_id";
      ALTER TABLE "purchase" VALIDATE CONSTRAINT "purchase_paid";
    `);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE "purchase" DROP CONSTRAINT "order_amount", ADD CONSTRAINT "order_amount" CHECK ("amount" BETWEEN 1 AND 99);
      ALTER TABLE "purchase" ALTER COLUMN "amount" TYPE integer, DROP COLUMN "paid", DROP COLUMN "note";
    `);
  }
}
