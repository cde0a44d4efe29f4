import { MigrationInterface, QueryRunner } from "typeorm";

export class PaymentsInAnotherSchema1610841600000 implements MigrationInterface {
    name = 'PaymentsInAnotherSchema1610841600000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`CREATE SCHEMA IF NOT EXISTS "billing"`);
        await queryRunner.query(`CREATE TYPE "billing"."payment_currency_enum" AS ENUM('EUR', 'USD')`);
        await queryRunner.query(`CREATE TABLE "billing"."payment" ("id" uuid NOT NULL DEFAULT uuid_generate_v4(), "amount" numeric(12,4) NOT NULL, "currency" "billing"."payment_currency_enum" NOT NULL DEFAULT 'EUR', "paidAt" TIMESTAMP WITH TIME ZONE, "raw" json NOT NULL DEFAULT '{}', "userId" uuid, "courseId" integer, CONSTRAINT "PK_fcaec7df5adf9cac408c686b2ab" PRIMARY KEY ("id"))`);
        await queryRunner.query(`CREATE INDEX "IDX_b046318e0b341a7f72110b7585" ON "billing"."payment" ("userId", "paidAt") `);
        await queryRunner.query(`ALTER TABLE "billing"."payment" ADD CONSTRAINT "FK_b046318e0b341a7f72110b75857" FOREIGN KEY ("userId") REFERENCES "users"("id") ON DELETE RESTRICT ON UPDATE NO ACTION`);
        await queryRunner.query(`ALTER TABLE "billing"."payment" ADD CONSTRAINT "FK_c3f2b9a1d0e0f0a0b0c0d0e0f0a" FOREIGN KEY ("courseId") REFERENCES "public"."course"("id") ON DELETE RESTRICT ON UPDATE NO ACTION`);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "billing"."payment" DROP CONSTRAINT "FK_c3f2b9a1d0e0f0a0b0c0d0e0f0a"`);
        await queryRunner.query(`ALTER TABLE "billing"."payment" DROP CONSTRAINT "FK_b046318e0b341a7f72110b75857"`);
        await queryRunner.query(`DROP INDEX "billing"."IDX_b046318e0b341a7f72110b7585"`);
        await queryRunner.query(`DROP TABLE "billing"."payment"`);
        await queryRunner.query(`DROP TYPE "billing"."payment_currency_enum"`);
        await queryRunner.query(`DROP SCHEMA "billing"`);
    }

}
