import { MigrationInterface, QueryRunner } from "typeorm";

export class CategoryTree1611187200000 implements MigrationInterface {
    name = 'CategoryTree1611187200000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`CREATE TABLE "category" ("id" SERIAL NOT NULL, "name" character varying NOT NULL, "mpath" character varying DEFAULT '', "parentId" integer, CONSTRAINT "PK_9c4e4a89e3674fc9f382d733f03" PRIMARY KEY ("id"))`);
        await queryRunner.query(`CREATE TABLE "category_closure" ("id_ancestor" integer NOT NULL, "id_descendant" integer NOT NULL, CONSTRAINT "PK_8da8666fc72217687e9b4f4c7e9" PRIMARY KEY ("id_ancestor", "id_descendant"))`);
        await queryRunner.query(`ALTER TABLE "course" ADD "categoryId" integer`);
        await queryRunner.query(`ALTER TABLE "category" ADD CONSTRAINT "FK_d5456fd7e4c4866fec8ada1fa10" FOREIGN KEY ("parentId") REFERENCES "category"("id") ON DELETE NO ACTION ON UPDATE NO ACTION`);
        await queryRunner.query(`ALTER TABLE "course" ADD CONSTRAINT "FK_2f133fd8aa7a4d85ff7cd6f7c98" FOREIGN KEY ("categoryId") REFERENCES "category"("id") ON DELETE NO ACTION ON UPDATE NO ACTION`);
        await queryRunner.query(`INSERT INTO "category" ("name", "mpath") VALUES ('Computing', '1.'), ('Languages', '2.')`);
        await queryRunner.query(`INSERT INTO "category" ("name", "mpath", "parentId") SELECT 'Databases', "mpath" || '3.', "id" FROM "category" WHERE "name" = 'Computing'`);
        await queryRunner.query(`INSERT INTO "category_closure" SELECT "id", "id" FROM "category" UNION SELECT "parentId", "id" FROM "category" WHERE "parentId" IS NOT NULL`);
        await queryRunner.query(`UPDATE "course" SET "categoryId" = c."id" FROM "category" c WHERE c."name" = 'Databases' AND 'sql' = ANY("course"."tags")`);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "course" DROP CONSTRAINT "FK_2f133fd8aa7a4d85ff7cd6f7c98"`);
        await queryRunner.query(`ALTER TABLE "category" DROP CONSTRAINT "FK_d5456fd7e4c4866fec8ada1fa10"`);
        await queryRunner.query(`ALTER TABLE "course" DROP COLUMN "categoryId"`);
        await queryRunner.query(`DROP TABLE "category_closure"`);
        await queryRunner.query(`DROP TABLE "category"`);
    }

}
