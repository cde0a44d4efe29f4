import { MigrationInterface, QueryRunner } from "typeorm";

export class CourseSlug1609891200000 implements MigrationInterface {
    name = 'CourseSlug1609891200000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "course" ADD "slug" character varying`);
        await queryRunner.query(`UPDATE "course" SET "slug" = trim(both '-' from lower(regexp_replace("title", '[^a-zA-Z0-9]+', '-', 'g'))) || '-' || "id"`);
        await queryRunner.query(`ALTER TABLE "course" ALTER COLUMN "slug" SET NOT NULL`);
        await queryRunner.query(`ALTER TABLE "course" ADD CONSTRAINT "UQ_a101f48e5045bcf501540a4a5b8" UNIQUE ("slug")`);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "course" DROP CONSTRAINT "UQ_a101f48e5045bcf501540a4a5b8"`);
        await queryRunner.query(`ALTER TABLE "course" DROP COLUMN "slug"`);
    }

}
