import { MigrationInterface, QueryRunner } from "typeorm";

export class TryGroups1611878400000 implements MigrationInterface {
    name = 'TryGroups1611878400000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`CREATE TABLE "group" ("id" SERIAL NOT NULL, "order" integer NOT NULL, "select" text, CONSTRAINT "PK_256aa0fda9b1de1a73ee0b7106b" PRIMARY KEY ("id"))`);
        await queryRunner.query(`ALTER TABLE "users" ADD "groupId" integer`);
        await queryRunner.query(`ALTER TABLE "users" ADD CONSTRAINT "FK_users_group" FOREIGN KEY ("groupId") REFERENCES "group"("id") ON DELETE NO ACTION ON UPDATE NO ACTION`);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "users" DROP CONSTRAINT "FK_users_group"`);
        await queryRunner.query(`ALTER TABLE "users" DROP COLUMN "groupId"`);
        await queryRunner.query(`DROP TABLE "group"`);
    }

}
