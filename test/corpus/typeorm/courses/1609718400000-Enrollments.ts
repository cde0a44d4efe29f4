import { MigrationInterface, QueryRunner } from "typeorm";

export class Enrollments1609718400000 implements MigrationInterface {
    name = 'Enrollments1609718400000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`CREATE TABLE "course_students_user" ("courseId" integer NOT NULL, "userId" uuid NOT NULL, CONSTRAINT "PK_2ab2a6b0c4ba9f1d8d0f1dbd9bb" PRIMARY KEY ("courseId", "userId"))`);
        await queryRunner.query(`CREATE INDEX "IDX_1d6d6a2a0e2a1b4c8e7d5f0a11" ON "course_students_user" ("courseId") `);
        await queryRunner.query(`CREATE INDEX "IDX_8f1d6a2a0e2a1b4c8e7d5f0a12" ON "course_students_user" ("userId") `);
        await queryRunner.query(`ALTER TABLE "course_students_user" ADD CONSTRAINT "FK_1d6d6a2a0e2a1b4c8e7d5f0a111" FOREIGN KEY ("courseId") REFERENCES "course"("id") ON DELETE CASCADE ON UPDATE CASCADE`);
        await queryRunner.query(`ALTER TABLE "course_students_user" ADD CONSTRAINT "FK_8f1d6a2a0e2a1b4c8e7d5f0a122" FOREIGN KEY ("userId") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE`);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "course_students_user" DROP CONSTRAINT "FK_8f1d6a2a0e2a1b4c8e7d5f0a122"`);
        await queryRunner.query(`ALTER TABLE "course_students_user" DROP CONSTRAINT "FK_1d6d6a2a0e2a1b4c8e7d5f0a111"`);
        await queryRunner.query(`DROP INDEX "public"."IDX_8f1d6a2a0e2a1b4c8e7d5f0a12"`);
        await queryRunner.query(`DROP INDEX "public"."IDX_1d6d6a2a0e2a1b4c8e7d5f0a11"`);
        await queryRunner.query(`DROP TABLE "course_students_user"`);
    }

}
