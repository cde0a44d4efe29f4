import { MigrationInterface, QueryRunner } from "typeorm";

export class ReadingsThatAlarm1640000001800 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`INSERT INTO reading (device_id, at, kind, value) VALUES (1, '2022-02-02 00:00+00', 0, 35.5), (2, '2022-02-02 00:00+00', 1, 95), (3, '2022-02-02 00:00+00', 0, 5)`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DELETE FROM reading WHERE at = '2022-02-02 00:00+00'`);
    await queryRunner.query(`DELETE FROM command WHERE "order" LIKE 'alarm;%'`);
  }
}
