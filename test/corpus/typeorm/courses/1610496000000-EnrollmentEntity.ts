import { MigrationInterface, QueryRunner } from "typeorm";

// The join table becomes an entity of its own.
export class EnrollmentEntity1610496000000 implements MigrationInterface {
    name = 'EnrollmentEntity1610496000000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`INSERT INTO "course_students_user" ("courseId", "userId") SELECT c."id", u."id" FROM "course" c CROSS JOIN "user" u WHERE u."role" = 'student' ON CONFLICT DO NOTHING`);
        await queryRunner.query(`CREATE TYPE "public"."enrollment_state_enum" AS ENUM('active', 'done')`);
        await queryRunner.query(`CREATE TABLE "enrollment" ("id" uuid NOT NULL DEFAULT uuid_generate_v4(), "state" "public"."enrollment_state_enum" NOT NULL DEFAULT 'active', "progress" real NOT NULL DEFAULT '0', "courseId" integer NOT NULL, "userId" uuid NOT NULL, CONSTRAINT "UQ_enrollment_course_user" UNIQUE ("courseId", "userId"), CONSTRAINT "PK_7e200c699fa93865cdcdd025885" PRIMARY KEY ("id"))`);
        await queryRunner.query(`INSERT INTO "enrollment" ("id", "courseId", "userId") SELECT uuid_generate_v5(uuid_ns_oid(), "courseId" || ':' || "userId"), "courseId", "userId" FROM "course_students_user"`);
        await queryRunner.query(`DROP TABLE "course_students_user"`);
        await queryRunner.query(`ALTER TABLE "enrollment" ADD CONSTRAINT "FK_d1a599a7740b4f4bd1120850f04" FOREIGN KEY ("courseId") REFERENCES "course"("id") ON DELETE CASCADE ON UPDATE NO ACTION`);
        await queryRunner.query(`ALTER TABLE "enrollment" ADD CONSTRAINT "FK_e97ecbf11356b5173ce7fb0b060" FOREIGN KEY ("userId") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE NO ACTION`);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`CREATE TABLE "course_students_user" ("courseId" integer NOT NULL, "userId" uuid NOT NULL, CONSTRAINT "PK_2ab2a6b0c4ba9f1d8d0f1dbd9bb" PRIMARY KEY ("courseId", "userId"))`);
        await queryRunner.query(`CREATE INDEX "IDX_1d6d6a2a0e2a1b4c8e7d5f0a11" ON "course_students_user" ("courseId") `);
        await queryRunner.query(`CREATE INDEX "IDX_8f1d6a2a0e2a1b4c8e7d5f0a12" ON "course_students_user" ("userId") `);
        await queryRunner.query(`INSERT INTO "course_students_user" SELECT "courseId", "userId" FROM "enrollment"`);
        await queryRunner.query(`ALTER TABLE "course_students_user" ADD CONSTRAINT "FK_1d6d6a2a0e2a1b4c8e7d5f0a111" FOREIGN KEY ("courseId") REFERENCES "course"("id") ON DELETE CASCADE ON UPDATE CASCADE`);
        await queryRunner.query(`ALTER TABLE "course_students_user" ADD CONSTRAINT "FK_8f1d6a2a0e2a1b4c8e7d5f0a122" FOREIGN KEY ("userId") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE`);
        await queryRunner.query(`DROP TABLE "enrollment"`);
        await queryRunner.query(`DROP TYPE "public"."enrollment_state_enum"`);
    }

}
