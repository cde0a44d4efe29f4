import { MigrationInterface, QueryRunner } from "typeorm";

export class DeviceHistory1640000002200 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE device_history (LIKE device INCLUDING DEFAULTS EXCLUDING CONSTRAINTS)`);
    await queryRunner.query(`ALTER TABLE device_history DROP COLUMN secret, ADD COLUMN changed date DEFAULT '2022-08-01', ADD COLUMN old_state device_state`);
    await queryRunner.query(`INSERT INTO device_history (id, fleet_id, serial_no, state, firmware) SELECT id, fleet_id, serial_no, state, firmware FROM device`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE device_history`);
  }
}
