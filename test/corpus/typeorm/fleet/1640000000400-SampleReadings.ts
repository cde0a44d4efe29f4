import { MigrationInterface, QueryRunner } from "typeorm";

export class SampleReadings1640000000400 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    const devices: { id: string }[] = await queryRunner.query(`SELECT id FROM device ORDER BY id`);
    for (const { id } of devices) {
      await queryRunner.query(
        `INSERT INTO reading (device_id, at, kind, value) SELECT $1::bigint, timestamptz '2022-05-15 00:00+00' + n * interval '20 days', n % 2, $1::bigint * n FROM generate_series(0, 4) n`,
        [id],
      );
    }
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DELETE FROM reading`);
  }
}
