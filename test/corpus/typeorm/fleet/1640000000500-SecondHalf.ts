import { MigrationInterface, QueryRunner } from "typeorm";

// What has gone to the default partition moves.
export class SecondHalf1640000000500 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      BEGIN;
      ALTER TABLE reading DETACH PARTITION reading_default;
      CREATE TABLE reading_2022_h2 PARTITION OF reading FOR VALUES FROM ('2022-07-01 00:00+00') TO ('2023-01-01 00:00+00');
      INSERT INTO reading SELECT * FROM reading_default WHERE at >= '2022-07-01 00:00+00' AND at < '2023-01-01 00:00+00';
      DELETE FROM reading_default WHERE at >= '2022-07-01 00:00+00' AND at < '2023-01-01 00:00+00';
      ALTER TABLE reading ATTACH PARTITION reading_default DEFAULT;
      COMMIT;
    `);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE reading DETACH PARTITION reading_2022_h2`);
    await queryRunner.query(`INSERT INTO reading SELECT * FROM reading_2022_h2`);
    await queryRunner.query(`DROP TABLE reading_2022_h2`);
  }
}
