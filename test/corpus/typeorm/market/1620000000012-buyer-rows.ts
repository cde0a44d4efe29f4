import { MigrationInterface, QueryRunner } from 'typeorm';

export class BuyerRows1620000000012 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `INSERT INTO "buyer" ("id", "firstName", "lastName", "avatar") VALUES ($1, $2, $3, $4), ($5, $6, $7, $8)`,
      ['10000000-0000-4000-8000-000000000001', 'Ada', null, Buffer.from('png'), '10000000-0000-4000-8000-000000000002', 'Zoë', "D'Arc", null],
    );
    await queryRunner.query(`UPDATE "buyer" SET "location" = point(1, 2), "active" = '[2021-01-01,2021-02-01)' WHERE "lastName" IS NULL`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('TRUNCATE TABLE "buyer"');
  }
}
