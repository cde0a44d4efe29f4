import { MigrationInterface, QueryRunner } from 'typeorm';

export class CloneOfTable1620000000026 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE TABLE "category_copy" (LIKE "category" INCLUDING ALL)');
    await queryRunner.query('INSERT INTO "category_copy" SELECT * FROM "category"');
    await queryRunner.query('ALTER TABLE "category_copy" ADD COLUMN "path" text');
    await queryRunner.query('UPDATE "category_copy" c SET "path" = concat_ws(\'/\', (SELECT p."name" FROM "category" p WHERE p."id" = c."parent_id"), c."name")');
    await queryRunner.query('ALTER TABLE "offer" DROP CONSTRAINT "FK_OFFER_CATEGORY"');
    await queryRunner.dropTable('category');
    await queryRunner.renameTable('category_copy', 'category');
    await queryRunner.query('ALTER TABLE "offer" ADD CONSTRAINT "FK_OFFER_CATEGORY" FOREIGN KEY ("category_id") REFERENCES "category" ("id") ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED');
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropColumn('category', 'path');
  }
}
