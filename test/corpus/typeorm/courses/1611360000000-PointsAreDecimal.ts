import { MigrationInterface, QueryRunner } from "typeorm";

export class PointsAreDecimal1611360000000 implements MigrationInterface {
    name = 'PointsAreDecimal1611360000000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "question" DROP CONSTRAINT "CHK_44c1cf3e7e8a2e7e7a7f4c2d10"`);
        await queryRunner.query(`ALTER TABLE "question" ALTER COLUMN "points" DROP DEFAULT, ALTER COLUMN "points" TYPE numeric(5,1), ALTER COLUMN "points" SET DEFAULT '1'`);
        await queryRunner.query(`ALTER TABLE "question" ADD CONSTRAINT "CHK_44c1cf3e7e8a2e7e7a7f4c2d11" CHECK ("points" > 0 AND "points" <= 100)`);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "question" DROP CONSTRAINT "CHK_44c1cf3e7e8a2e7e7a7f4c2d11"`);
        await queryRunner.query(`ALTER TABLE "question" ALTER COLUMN "points" DROP DEFAULT, ALTER COLUMN "points" TYPE smallint, ALTER COLUMN "points" SET DEFAULT '1'`);
        await queryRunner.query(`ALTER TABLE "question" ADD CONSTRAINT "CHK_44c1cf3e7e8a2e7e7a7f4c2d10" CHECK ("points" > 0)`);
    }

}
