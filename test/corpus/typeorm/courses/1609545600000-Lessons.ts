import { MigrationInterface, QueryRunner } from "typeorm";

export class Lessons1609545600000 implements MigrationInterface {
    name = 'Lessons1609545600000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`CREATE TYPE "public"."lesson_kind_enum" AS ENUM('video', 'text', 'quiz')`);
        await queryRunner.query(`CREATE TABLE "lesson" ("id" SERIAL NOT NULL, "position" integer NOT NULL DEFAULT '0', "title" character varying NOT NULL, "kind" "public"."lesson_kind_enum" NOT NULL DEFAULT 'text', "content" jsonb, "courseId" integer NOT NULL, CONSTRAINT "PK_0ef25918f0237e68696dee455bd" PRIMARY KEY ("id"))`);
        await queryRunner.query(`CREATE INDEX "IDX_3801ccf9533a8627c1dcb1e33b" ON "lesson" ("courseId") `);
        await queryRunner.query(`ALTER TABLE "lesson" ADD CONSTRAINT "FK_3801ccf9533a8627c1dcb1e33bf" FOREIGN KEY ("courseId") REFERENCES "course"("id") ON DELETE CASCADE ON UPDATE NO ACTION`);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "lesson" DROP CONSTRAINT "FK_3801ccf9533a8627c1dcb1e33bf"`);
        await queryRunner.query(`DROP INDEX "public"."IDX_3801ccf9533a8627c1dcb1e33b"`);
        await queryRunner.query(`DROP TABLE "lesson"`);
        await queryRunner.query(`DROP TYPE "public"."lesson_kind_enum"`);
    }

}
