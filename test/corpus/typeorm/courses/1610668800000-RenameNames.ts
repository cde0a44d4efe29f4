import { MigrationInterface, QueryRunner } from "typeorm";

export class RenameNames1610668800000 implements MigrationInterface {
    name = 'RenameNames1610668800000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "user" RENAME COLUMN "firstName" TO "givenName"`);
        await queryRunner.query(`ALTER TABLE "user" RENAME COLUMN "lastName" TO "familyName"`);
        await queryRunner.query(`ALTER TABLE "user" ALTER COLUMN "familyName" DROP NOT NULL`);
        await queryRunner.query(`UPDATE "user" SET "familyName" = NULL WHERE "familyName" = ''`);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`UPDATE "user" SET "familyName" = '' WHERE "familyName" IS NULL`);
        await queryRunner.query(`ALTER TABLE "user" ALTER COLUMN "familyName" SET NOT NULL`);
        await queryRunner.query(`ALTER TABLE "user" RENAME COLUMN "familyName" TO "lastName"`);
        await queryRunner.query(`ALTER TABLE "user" RENAME COLUMN "givenName" TO "firstName"`);
    }

}
