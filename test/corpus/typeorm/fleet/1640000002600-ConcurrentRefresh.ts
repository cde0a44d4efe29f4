import { MigrationInterface, QueryRunner } from "typeorm";

export class ConcurrentRefresh1640000002600 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DELETE FROM reading WHERE value = 0`);
    await queryRunner.query(`REFRESH MATERIALIZED VIEW CONCURRENTLY reading_day`);
    await queryRunner.query(`VACUUM (ANALYZE) device`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`REFRESH MATERIALIZED VIEW reading_day`);
  }
}
