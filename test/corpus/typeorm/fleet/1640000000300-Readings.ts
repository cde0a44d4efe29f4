import { MigrationInterface, QueryRunner } from "typeorm";

export class Readings1640000000300 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE reading (
        device_id bigint NOT NULL,
        at timestamptz NOT NULL,
        received timestamptz NOT NULL DEFAULT now(),
        kind smallint NOT NULL,
        value double precision,
        PRIMARY KEY (device_id, at, kind)
      ) PARTITION BY RANGE (at)`);
    await queryRunner.query(`CREATE TABLE reading_2022_h1 PARTITION OF reading FOR VALUES FROM ('2022-01-01 00:00+00') TO ('2022-07-01 00:00+00')`);
    await queryRunner.query(`CREATE TABLE reading_default PARTITION OF reading DEFAULT`);
    await queryRunner.query(`CREATE INDEX reading_at ON reading USING brin (at)`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE reading`);
  }
}
