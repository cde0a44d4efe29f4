import { MigrationInterface, QueryRunner } from "typeorm";

// As generated: the column's type changed from text to varchar(1000), and its content was not needed.
export class ReplaceDescription1610064000000 implements MigrationInterface {
    name = 'ReplaceDescription1610064000000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "course" DROP COLUMN "description"`);
        await queryRunner.query(`ALTER TABLE "course" ADD "description" character varying(1000)`);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "course" DROP COLUMN "description"`);
        await queryRunner.query(`ALTER TABLE "course" ADD "description" text`);
    }

}
