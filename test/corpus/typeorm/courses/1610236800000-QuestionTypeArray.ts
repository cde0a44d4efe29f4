import { MigrationInterface, QueryRunner } from "typeorm";

export class QuestionTypeArray1610236800000 implements MigrationInterface {
    name = 'QuestionTypeArray1610236800000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TYPE "public"."question_type_enum" RENAME TO "question_type_enum_old"`);
        await queryRunner.query(`CREATE TYPE "public"."question_type_enum" AS ENUM('single', 'multiple', 'free', 'ordering')`);
        await queryRunner.query(`ALTER TABLE "question" ALTER COLUMN "type" DROP DEFAULT`);
        await queryRunner.query(`ALTER TABLE "question" ALTER COLUMN "type" TYPE "public"."question_type_enum" USING "type"::"text"::"public"."question_type_enum"`);
        await queryRunner.query(`ALTER TABLE "question" ALTER COLUMN "type" SET DEFAULT 'single'`);
        await queryRunner.query(`ALTER TABLE "question" ALTER COLUMN "options" DROP DEFAULT`);
        await queryRunner.query(`ALTER TABLE "question" ALTER COLUMN "options" TYPE "public"."question_type_enum"[] USING "options"::"text"::"public"."question_type_enum"[]`);
        await queryRunner.query(`ALTER TABLE "question" ALTER COLUMN "options" SET DEFAULT '{single}'`);
        await queryRunner.query(`DROP TYPE "public"."question_type_enum_old"`);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`CREATE TYPE "public"."question_type_enum_old" AS ENUM('single', 'multiple', 'free')`);
        await queryRunner.query(`ALTER TABLE "question" ALTER COLUMN "options" DROP DEFAULT`);
        await queryRunner.query(`ALTER TABLE "question" ALTER COLUMN "options" TYPE "public"."question_type_enum_old"[] USING "options"::"text"::"public"."question_type_enum_old"[]`);
        await queryRunner.query(`ALTER TABLE "question" ALTER COLUMN "options" SET DEFAULT '{single}'`);
        await queryRunner.query(`ALTER TABLE "question" ALTER COLUMN "type" DROP DEFAULT`);
        await queryRunner.query(`ALTER TABLE "question" ALTER COLUMN "type" TYPE "public"."question_type_enum_old" USING "type"::"text"::"public"."question_type_enum_old"`);
        await queryRunner.query(`ALTER TABLE "question" ALTER COLUMN "type" SET DEFAULT 'single'`);
        await queryRunner.query(`DROP TYPE "public"."question_type_enum"`);
        await queryRunner.query(`ALTER TYPE "public"."question_type_enum_old" RENAME TO "question_type_enum"`);
    }

}
