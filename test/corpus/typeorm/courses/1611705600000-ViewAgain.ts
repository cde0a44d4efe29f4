import { MigrationInterface, QueryRunner } from "typeorm";

// A view's column changed: drop and create is what migration:generate writes.
export class ViewAgain1611705600000 implements MigrationInterface {
    name = 'ViewAgain1611705600000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`DELETE FROM "typeorm_metadata" WHERE "type" = $1 AND "name" = $2 AND "schema" = $3`, ["VIEW","active_students","public"]);
        await queryRunner.query(`DROP VIEW "active_students"`);
        await queryRunner.query(`CREATE VIEW "active_students" AS SELECT "u"."id" AS "id", "u"."fullName" AS "name", COUNT("e"."id")::int AS "courses" FROM "users" "u" INNER JOIN "enrollment" "e" ON "e"."userId" = "u"."id" WHERE "u"."isActive" = true GROUP BY "u"."id"`);
        await queryRunner.query(`INSERT INTO "typeorm_metadata"("database", "schema", "table", "type", "name", "value") VALUES (DEFAULT, $1, DEFAULT, $2, $3, $4)`, ["public","VIEW","active_students","SELECT again"]);
        await queryRunner.query(`CREATE MATERIALIZED VIEW "course_income" AS SELECT "courseId", sum("amount") AS "sum" FROM "billing"."payment" GROUP BY 1 WITH DATA`);
        await queryRunner.query(`CREATE UNIQUE INDEX "IDX_course_income" ON "course_income" ("courseId") `);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`DROP INDEX "public"."IDX_course_income"`);
        await queryRunner.query(`DROP MATERIALIZED VIEW "course_income"`);
        await queryRunner.query(`DELETE FROM "typeorm_metadata" WHERE "type" = $1 AND "name" = $2 AND "schema" = $3`, ["VIEW","active_students","public"]);
        await queryRunner.query(`DROP VIEW "active_students"`);
        await queryRunner.query(`CREATE VIEW "active_students" AS SELECT "u"."id" AS "id", "u"."email" AS "email", COUNT("e"."id") AS "courses" FROM "users" "u" INNER JOIN "enrollment" "e" ON "e"."userId" = "u"."id" WHERE "u"."isActive" = true GROUP BY "u"."id"`);
        await queryRunner.query(`INSERT INTO "typeorm_metadata"("database", "schema", "table", "type", "name", "value") VALUES (DEFAULT, $1, DEFAULT, $2, $3, $4)`, ["public","VIEW","active_students","SELECT first"]);
    }

}
