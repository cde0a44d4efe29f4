import { MigrationInterface, QueryRunner } from "typeorm";

export class Commands1640000001200 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE SEQUENCE IF NOT EXISTS command_seq AS integer START WITH 10 INCREMENT BY 10`);
    await queryRunner.query(`CREATE TABLE command (id integer PRIMARY KEY DEFAULT nextval('command_seq'::regclass), device_id bigint NOT NULL REFERENCES device ON DELETE CASCADE, "order" text NOT NULL, queued_at timestamptz NOT NULL DEFAULT clock_timestamp(), answer xml)`);
    await queryRunner.query(`ALTER SEQUENCE command_seq OWNED BY command.id`);
    await queryRunner.query(`INSERT INTO command (device_id, "order") SELECT id, 'reboot; now' FROM device WHERE state = 'online' ORDER BY id`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE command`);
  }
}
