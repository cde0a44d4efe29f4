import { MigrationInterface, QueryRunner } from "typeorm";

export class NoGeo1640000002800 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX IF EXISTS device_place`);
    await queryRunner.query(`ALTER TABLE device DROP COLUMN IF EXISTS place, DROP COLUMN IF EXISTS area, DROP COLUMN IF EXISTS addr`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE device ADD COLUMN place point, ADD COLUMN area polygon, ADD COLUMN addr cidr`);
    await queryRunner.query(`CREATE INDEX device_place ON device USING spgist (place)`);
  }
}
