import { MigrationInterface, QueryRunner } from "typeorm";

export class ActiveStudentsView1611014400000 implements MigrationInterface {
    name = 'ActiveStudentsView1611014400000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`CREATE VIEW "active_students" AS 
    SELECT "u"."id" AS "id", "u"."email" AS "email", COUNT("e"."id") AS "courses"
    FROM "users" "u" INNER JOIN "enrollment" "e" ON "e"."userId" = "u"."id"
    WHERE "u"."isActive" = true
    GROUP BY "u"."id"
  `);
        await queryRunner.query(`CREATE TABLE IF NOT EXISTS "typeorm_metadata" ("type" varchar NOT NULL, "database" varchar, "schema" varchar, "table" varchar, "name" varchar, "value" text)`);
        await queryRunner.query(`INSERT INTO "typeorm_metadata"("database", "schema", "table", "type", "name", "value") VALUES (DEFAULT, $1, DEFAULT, $2, $3, $4)`, ["public","VIEW","active_students","SELECT \"u\".\"id\" AS \"id\", \"u\".\"email\" AS \"email\", COUNT(\"e\".\"id\") AS \"courses\"\n    FROM \"users\" \"u\" INNER JOIN \"enrollment\" \"e\" ON \"e\".\"userId\" = \"u\".\"id\"\n    WHERE \"u\".\"isActive\" = true\n    GROUP BY \"u\".\"id\""]);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`DELETE FROM "typeorm_metadata" WHERE "type" = $1 AND "name" = $2 AND "schema" = $3`, ["VIEW","active_students","public"]);
        await queryRunner.query(`DROP TABLE "typeorm_metadata"`);
        await queryRunner.query(`DROP VIEW "active_students"`);
    }

}
