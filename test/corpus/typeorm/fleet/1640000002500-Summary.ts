import { MigrationInterface, QueryRunner } from "typeorm";

export class Summary1640000002500 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE MATERIALIZED VIEW IF NOT EXISTS reading_day AS SELECT device_id, (at AT TIME ZONE 'UTC')::date AS day, kind, avg(value) AS average FROM reading GROUP BY 1, 2, 3 WITH NO DATA`);
    await queryRunner.query(`CREATE UNIQUE INDEX IF NOT EXISTS reading_day_key ON reading_day (device_id, day, kind)`);
    await queryRunner.query(`REFRESH MATERIALIZED VIEW reading_day`);
    await queryRunner.query(`CREATE RECURSIVE VIEW next_days (day) AS VALUES (date '2022-01-01') UNION ALL SELECT day + 1 FROM next_days WHERE day < date '2022-01-05'`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP VIEW IF EXISTS next_days`);
    await queryRunner.query(`DROP MATERIALIZED VIEW IF EXISTS reading_day`);
  }
}
