import { MigrationInterface, QueryRunner } from "typeorm";

export class PaymentCurrency1610928000000 implements MigrationInterface {
    name = 'PaymentCurrency1610928000000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`INSERT INTO "billing"."payment" ("id", "amount", "currency", "paidAt", "userId", "courseId") SELECT uuid_generate_v5(uuid_ns_url(), u."email"), 49.9, 'USD', '2021-01-18T10:00:00Z', u."id", c."id" FROM "users" u JOIN "enrollment" e ON e."userId" = u."id" JOIN "course" c ON c."id" = e."courseId"`);
        await queryRunner.query(`ALTER TYPE "billing"."payment_currency_enum" RENAME TO "payment_currency_enum_old"`);
        await queryRunner.query(`CREATE TYPE "billing"."payment_currency_enum" AS ENUM('EUR', 'USD', 'GBP', 'CHF')`);
        await queryRunner.query(`ALTER TABLE "billing"."payment" ALTER COLUMN "currency" DROP DEFAULT`);
        await queryRunner.query(`ALTER TABLE "billing"."payment" ALTER COLUMN "currency" TYPE "billing"."payment_currency_enum" USING "currency"::"text"::"billing"."payment_currency_enum"`);
        await queryRunner.query(`ALTER TABLE "billing"."payment" ALTER COLUMN "currency" SET DEFAULT 'EUR'`);
        await queryRunner.query(`DROP TYPE "billing"."payment_currency_enum_old"`);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`CREATE TYPE "billing"."payment_currency_enum_old" AS ENUM('EUR', 'USD')`);
        await queryRunner.query(`ALTER TABLE "billing"."payment" ALTER COLUMN "currency" DROP DEFAULT`);
        await queryRunner.query(`ALTER TABLE "billing"."payment" ALTER COLUMN "currency" TYPE "billing"."payment_currency_enum_old" USING "currency"::"text"::"billing"."payment_currency_enum_old"`);
        await queryRunner.query(`ALTER TABLE "billing"."payment" ALTER COLUMN "currency" SET DEFAULT 'EUR'`);
        await queryRunner.query(`DROP TYPE "billing"."payment_currency_enum"`);
        await queryRunner.query(`ALTER TYPE "billing"."payment_currency_enum_old" RENAME TO "payment_currency_enum"`);
        await queryRunner.query(`DELETE FROM "billing"."payment"`);
    }

}
