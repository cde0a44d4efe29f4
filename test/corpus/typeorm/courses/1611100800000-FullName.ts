import { MigrationInterface, QueryRunner } from "typeorm";

export class FullName1611100800000 implements MigrationInterface {
    name = 'FullName1611100800000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "users" ADD "fullName" character varying GENERATED ALWAYS AS ("givenName" || coalesce(' ' || "familyName", '')) STORED NOT NULL`);
        await queryRunner.query(`INSERT INTO "typeorm_metadata"("database", "schema", "table", "type", "name", "value") VALUES ($1, $2, $3, $4, $5, $6)`, ["school","public","users","GENERATED_COLUMN","fullName","\"givenName\" || coalesce(' ' || \"familyName\", '')"]);
        await queryRunner.query(`CREATE INDEX "IDX_users_lower_email" ON "users" (lower("email"))`);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`DROP INDEX "public"."IDX_users_lower_email"`);
        await queryRunner.query(`DELETE FROM "typeorm_metadata" WHERE "type" = $1 AND "name" = $2 AND "table" = $3`, ["GENERATED_COLUMN","fullName","users"]);
        await queryRunner.query(`ALTER TABLE "users" DROP COLUMN "fullName"`);
    }

}
