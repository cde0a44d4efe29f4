import { MigrationInterface, QueryRunner } from "typeorm";

// create, copy, drop, rename: without a transaction
export class RebuildDevice1640000002300 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE "tmp_command" ("id" integer NOT NULL DEFAULT nextval('command_seq'), "device_id" bigint NOT NULL, "text" text NOT NULL, "done" boolean NOT NULL DEFAULT false, "queued_at" timestamptz NOT NULL DEFAULT clock_timestamp(), CONSTRAINT "tmp_command_pkey" PRIMARY KEY ("id"))`);
    await queryRunner.query(`INSERT INTO "tmp_command" ("id", "device_id", "text", "done", "queued_at") SELECT "id", "device_id", "order", "done", "queued_at" FROM "command"`);
    await queryRunner.query(`ALTER SEQUENCE command_seq OWNED BY "tmp_command"."id"`);
    await queryRunner.query(`DROP TABLE "command"`);
    await queryRunner.query(`ALTER TABLE "tmp_command" RENAME TO "command"`);
    await queryRunner.query(`CREATE INDEX "command_open" ON "command" ("device_id") WHERE NOT "done"`);
    await queryRunner.query(`ALTER TABLE "command" ADD CONSTRAINT "command_device" FOREIGN KEY ("device_id") REFERENCES "device" ("id") ON DELETE CASCADE`);
    await queryRunner.query(`ALTER INDEX "tmp_command_pkey" RENAME TO "command_pkey"`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "command" RENAME COLUMN "text" TO "order"`);
    await queryRunner.query(`ALTER TABLE "command" ADD COLUMN "answer" xml`);
    await queryRunner.query(`ALTER TABLE "command" RENAME CONSTRAINT "command_device" TO "command_device_id_fkey"`);
  }
}
