import { MigrationInterface, QueryRunner } from "typeorm";

export class DeviceState1640000000800 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DO $$ BEGIN
        CREATE TYPE device_state AS ENUM ('new', 'online', 'offline');
      EXCEPTION
        WHEN duplicate_object THEN null;
      END $$;
    `);
    await queryRunner.query(`ALTER TABLE device ADD COLUMN IF NOT EXISTS state device_state`);
    await queryRunner.query(`UPDATE device d SET state = CASE WHEN EXISTS (SELECT FROM reading r WHERE r.device_id = d.id) THEN 'online' ELSE 'new' END::device_state WHERE state IS NULL`);
    await queryRunner.query(`ALTER TABLE device ALTER COLUMN state SET DEFAULT 'new', ALTER COLUMN state SET NOT NULL`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE device DROP COLUMN IF EXISTS state`);
    await queryRunner.query(`DROP TYPE IF EXISTS device_state`);
  }
}
