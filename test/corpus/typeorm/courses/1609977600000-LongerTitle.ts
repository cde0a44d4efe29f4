import { MigrationInterface, QueryRunner } from "typeorm";

// migration:generate drops the column when its length changes. We have edited it.
export class LongerTitle1609977600000 implements MigrationInterface {
    name = 'LongerTitle1609977600000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "course" ALTER COLUMN "title" TYPE character varying(500)`);
        await queryRunner.query(`ALTER TABLE "lesson" ALTER COLUMN "title" TYPE text, ALTER COLUMN "position" TYPE bigint`);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "lesson" ALTER COLUMN "position" TYPE integer, ALTER COLUMN "title" TYPE character varying`);
        await queryRunner.query(`ALTER TABLE "course" ALTER COLUMN "title" TYPE character varying(200)`);
    }

}
