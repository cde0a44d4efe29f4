export class CurrencySwap1700000600000 {
  name = 'CurrencySwap1700000600000';

  async up(queryRunner) {
    await queryRunner.query(`ALTER TYPE "books"."currency" RENAME TO "currency_old"`);
    await queryRunner.query(`CREATE TYPE "books"."currency" AS ENUM('EUR', 'USD', 'GBP')`);
    await queryRunner.query(`ALTER TABLE "books"."line" ALTER COLUMN "currency" DROP DEFAULT`);
    await queryRunner.query(`ALTER TABLE "books"."line" ALTER COLUMN "currency" TYPE "books"."currency" USING "currency"::"text"::"books"."currency"`);
    await queryRunner.query(`ALTER TABLE "books"."line" ALTER COLUMN "currency" SET DEFAULT 'EUR'`);
    await queryRunner.query(`DROP TYPE "books"."currency_old"`);
  }

  async down(queryRunner) {
    await queryRunner.query(`CREATE TYPE "books"."currency_old" AS ENUM('EUR', 'USD')`);
    await queryRunner.query(`ALTER TABLE "books"."line" ALTER COLUMN "currency" DROP DEFAULT`);
    await queryRunner.query(`ALTER TABLE "books"."line" ALTER COLUMN "currency" TYPE "books"."currency_old" USING "currency"::"text"::"books"."currency_old"`);
    await queryRunner.query(`ALTER TABLE "books"."line" ALTER COLUMN "currency" SET DEFAULT 'EUR'`);
    await queryRunner.query(`DROP TYPE "books"."currency"`);
    await queryRunner.query(`ALTER TYPE "books"."currency_old" RENAME TO "currency"`);
  }
}
