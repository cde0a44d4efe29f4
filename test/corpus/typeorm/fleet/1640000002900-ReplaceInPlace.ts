import { MigrationInterface, QueryRunner } from "typeorm";

export class ReplaceInPlace1640000002900 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE device DROP CONSTRAINT device_fleet_id_serial_no_key, ADD CONSTRAINT device_fleet_id_serial_no_key UNIQUE (serial_no, fleet_id) DEFERRABLE, DROP COLUMN tags, ADD COLUMN tags varchar(20)[]`);
    await queryRunner.query(`UPDATE device SET tags = ARRAY[state::text]`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE device DROP COLUMN tags, ADD COLUMN tags text[] NOT NULL DEFAULT '{}', DROP CONSTRAINT device_fleet_id_serial_no_key, ADD CONSTRAINT device_fleet_id_serial_no_key UNIQUE (fleet_id, serial_no)`);
  }
}
