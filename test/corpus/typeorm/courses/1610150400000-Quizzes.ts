import { MigrationInterface, QueryRunner } from "typeorm";

export class Quizzes1610150400000 implements MigrationInterface {
    name = 'Quizzes1610150400000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`CREATE TYPE "public"."question_type_enum" AS ENUM('single', 'multiple', 'free')`);
        await queryRunner.query(`CREATE TABLE "question" ("id" BIGSERIAL NOT NULL, "text" text NOT NULL, "type" "public"."question_type_enum" NOT NULL DEFAULT 'single', "options" "public"."question_type_enum" array NOT NULL DEFAULT '{single}', "points" smallint NOT NULL DEFAULT '1', "weights" double precision array, "lessonId" integer, CONSTRAINT "CHK_44c1cf3e7e8a2e7e7a7f4c2d10" CHECK ("points" > 0), CONSTRAINT "PK_21e5786aa0ea704ae185a79b2d5" PRIMARY KEY ("id"))`);
        await queryRunner.query(`CREATE TABLE "answer" ("id" BIGSERIAL NOT NULL, "text" text NOT NULL, "correct" boolean NOT NULL DEFAULT false, "questionId" bigint NOT NULL, CONSTRAINT "PK_9232db17b63fb1e94f97e5c224f" PRIMARY KEY ("id"))`);
        await queryRunner.query(`CREATE UNIQUE INDEX "IDX_one_correct_answer" ON "answer" ("questionId") WHERE correct`);
        await queryRunner.query(`ALTER TABLE "question" ADD CONSTRAINT "FK_2d3e9e0c9b0f0d3a3f1b0c8a4f1" FOREIGN KEY ("lessonId") REFERENCES "lesson"("id") ON DELETE CASCADE ON UPDATE NO ACTION`);
        await queryRunner.query(`ALTER TABLE "answer" ADD CONSTRAINT "FK_a4013f10cd6924793fbd5f0d637" FOREIGN KEY ("questionId") REFERENCES "question"("id") ON DELETE CASCADE ON UPDATE NO ACTION DEFERRABLE INITIALLY DEFERRED`);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "answer" DROP CONSTRAINT "FK_a4013f10cd6924793fbd5f0d637"`);
        await queryRunner.query(`ALTER TABLE "question" DROP CONSTRAINT "FK_2d3e9e0c9b0f0d3a3f1b0c8a4f1"`);
        await queryRunner.query(`DROP INDEX "public"."IDX_one_correct_answer"`);
        await queryRunner.query(`DROP TABLE "answer"`);
        await queryRunner.query(`DROP TABLE "question"`);
        await queryRunner.query(`DROP TYPE "public"."question_type_enum"`);
    }

}
