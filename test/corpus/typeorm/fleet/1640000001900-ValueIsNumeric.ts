import { MigrationInterface, QueryRunner } from "typeorm";

export class ValueIsNumeric1640000001900 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE reading ALTER COLUMN value TYPE numeric(12,3) USING round(value::numeric, 3)`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE reading ALTER COLUMN value TYPE double precision`);
  }
}
