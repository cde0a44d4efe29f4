import { MigrationInterface, QueryRunner } from "typeorm";

// The public id of a course; the key stays.
export class UuidKeyOfCourse1611792000000 implements MigrationInterface {
    name = 'UuidKeyOfCourse1611792000000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "course" ADD "publicId" uuid`);
        await queryRunner.query(`UPDATE "course" SET "publicId" = uuid_generate_v5(uuid_ns_dns(), "slug")`);
        await queryRunner.query(`ALTER TABLE "course" ALTER COLUMN "publicId" SET NOT NULL`);
        await queryRunner.query(`ALTER TABLE "course" ALTER COLUMN "publicId" SET DEFAULT uuid_generate_v4()`);
        await queryRunner.query(`CREATE UNIQUE INDEX "IDX_course_publicId" ON "course" ("publicId") `);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`DROP INDEX "public"."IDX_course_publicId"`);
        await queryRunner.query(`ALTER TABLE "course" DROP COLUMN "publicId"`);
    }

}
