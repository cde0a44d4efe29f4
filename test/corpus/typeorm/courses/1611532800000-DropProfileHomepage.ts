import { MigrationInterface, QueryRunner } from "typeorm";

export class DropProfileHomepage1611532800000 implements MigrationInterface {
    name = 'DropProfileHomepage1611532800000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "profile" DROP COLUMN "homepage"`);
        await queryRunner.query(`ALTER TABLE "profile" DROP COLUMN IF EXISTS "twitter"`);
        await queryRunner.query(`ALTER TABLE "profile" ADD COLUMN IF NOT EXISTS "links" jsonb NOT NULL DEFAULT '[]'`);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "profile" DROP COLUMN "links"`);
        await queryRunner.query(`ALTER TABLE "profile" ADD "homepage" character varying`);
    }

}
