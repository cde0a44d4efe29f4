import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Concurrently1700000000002 implements MigrationInterface {
  transaction = false;
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE INDEX CONCURRENTLY "users_id_role" ON "users" ("id", "role")');
    await queryRunner.query(`UPDATE "users" SET "role" = 'admin'`);
  }
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX "users_id_role"');
  }
}
