import { MigrationInterface, QueryRunner } from "typeorm";

export class RenameUserTable1610755200000 implements MigrationInterface {
    name = 'RenameUserTable1610755200000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "user" RENAME TO "users"`);
        await queryRunner.query(`ALTER TABLE "users" RENAME CONSTRAINT "PK_cace4a159ff9f2512dd42373760" TO "PK_a3ffb1c0c8416b9fc6f907b7433"`);
        await queryRunner.query(`ALTER INDEX "public"."UQ_e12875dfb3b1d92d7d7c5377e22" RENAME TO "UQ_97672ac88f789774dd47f7c8be3"`);
        await queryRunner.query(`ALTER TYPE "public"."user_role_enum" RENAME TO "users_role_enum"`);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TYPE "public"."users_role_enum" RENAME TO "user_role_enum"`);
        await queryRunner.query(`ALTER INDEX "public"."UQ_97672ac88f789774dd47f7c8be3" RENAME TO "UQ_e12875dfb3b1d92d7d7c5377e22"`);
        await queryRunner.query(`ALTER TABLE "users" RENAME CONSTRAINT "PK_a3ffb1c0c8416b9fc6f907b7433" TO "PK_cace4a159ff9f2512dd42373760"`);
        await queryRunner.query(`ALTER TABLE "users" RENAME TO "user"`);
    }

}
