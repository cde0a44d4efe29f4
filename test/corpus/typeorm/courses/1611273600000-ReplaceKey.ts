import { MigrationInterface, QueryRunner } from "typeorm";

// Drop and add in one statement: the key gets another column.
export class ReplaceKey1611273600000 implements MigrationInterface {
    name = 'ReplaceKey1611273600000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "enrollment" ADD "term" character varying(10) NOT NULL DEFAULT '2021-1'`);
        await queryRunner.query(`ALTER TABLE "enrollment" DROP CONSTRAINT "UQ_enrollment_course_user", ADD CONSTRAINT "UQ_enrollment_course_user" UNIQUE ("courseId", "userId", "term")`);
        await queryRunner.query(`ALTER TABLE "category" DROP COLUMN "mpath", ADD COLUMN "mpath" text NOT NULL DEFAULT '', ALTER COLUMN "name" TYPE character varying(120), ADD CONSTRAINT "CHK_category_name" CHECK (char_length("name") > 1)`);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "category" DROP CONSTRAINT "CHK_category_name", ALTER COLUMN "name" TYPE character varying, DROP COLUMN "mpath", ADD COLUMN "mpath" character varying DEFAULT ''`);
        await queryRunner.query(`ALTER TABLE "enrollment" DROP CONSTRAINT "UQ_enrollment_course_user", ADD CONSTRAINT "UQ_enrollment_course_user" UNIQUE ("courseId", "userId")`);
        await queryRunner.query(`ALTER TABLE "enrollment" DROP COLUMN "term"`);
    }

}
