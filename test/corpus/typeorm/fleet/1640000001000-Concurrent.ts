import { MigrationInterface, QueryRunner } from "typeorm";

export class Concurrent1640000001000 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE INDEX CONCURRENTLY IF NOT EXISTS device_meta ON device USING gin (meta jsonb_path_ops)`);
    await queryRunner.query(`CREATE INDEX CONCURRENTLY IF NOT EXISTS "device by firmware" ON device ((meta ->> 'fw'), id DESC NULLS LAST) WHERE model IS NOT NULL`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX CONCURRENTLY IF EXISTS "device by firmware"`);
    await queryRunner.query(`DROP INDEX CONCURRENTLY IF EXISTS device_meta`);
  }
}
