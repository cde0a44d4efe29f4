import { MigrationInterface, QueryRunner } from "typeorm";

export class UserProfile1610582400000 implements MigrationInterface {
    name = 'UserProfile1610582400000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`CREATE TABLE "profile" ("id" SERIAL NOT NULL, "userId" uuid, "bio" text, "birthday" date, "phone" character varying(32), "homepage" character varying, CONSTRAINT "REL_a24972ebd73b106250713dcddd" UNIQUE ("userId"), CONSTRAINT "PK_3dd8bfc97e4a77c70971591bdcb" PRIMARY KEY ("id"))`);
        await queryRunner.query(`ALTER TABLE "profile" ADD CONSTRAINT "FK_a24972ebd73b106250713dcddd9" FOREIGN KEY ("userId") REFERENCES "user"("id") ON DELETE NO ACTION ON UPDATE NO ACTION`);
        await queryRunner.query(`INSERT INTO "profile" ("userId", "bio") SELECT "id", NULLIF("lastName", '') FROM "user" ORDER BY "email"`);
        await queryRunner.query(`COMMENT ON COLUMN "profile"."phone" IS 'with country code, as it''s dialled'`);
        await queryRunner.query(`COMMENT ON TABLE "profile" IS 'what the user tells about her- or himself'`);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`COMMENT ON TABLE "profile" IS NULL`);
        await queryRunner.query(`COMMENT ON COLUMN "profile"."phone" IS NULL`);
        await queryRunner.query(`ALTER TABLE "profile" DROP CONSTRAINT "FK_a24972ebd73b106250713dcddd9"`);
        await queryRunner.query(`DROP TABLE "profile"`);
    }

}
