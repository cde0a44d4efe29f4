import { MigrationInterface, QueryRunner } from "typeorm";

export class StateRetired1640000000900 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TYPE "device_state" ADD VALUE IF NOT EXISTS 'retired'`);
    await queryRunner.query(`ALTER TYPE "device_state" RENAME VALUE 'new' TO 'unseen'`);
    await queryRunner.query(`UPDATE device SET state = 'retired' WHERE serial_no = 'SN-4'`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TYPE "device_state" RENAME TO "device_state_old"`);
    await queryRunner.query(`CREATE TYPE "device_state" AS ENUM ('new', 'online', 'offline')`);
    await queryRunner.query(`ALTER TABLE device ALTER state DROP DEFAULT, ALTER state TYPE device_state USING (CASE state WHEN 'unseen' THEN 'new' WHEN 'retired' THEN 'offline' ELSE state::text END)::device_state, ALTER state SET DEFAULT 'new'`);
    await queryRunner.query(`DROP TYPE "device_state_old"`);
  }
}
