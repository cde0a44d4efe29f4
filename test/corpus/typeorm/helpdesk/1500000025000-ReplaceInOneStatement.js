module.exports = class ReplaceInOneStatement1500000025000 {

    async up(queryRunner) {
        await queryRunner.query(`ALTER TABLE "contact" DROP CONSTRAINT "contact_kind", ADD CONSTRAINT "contact_kind" CHECK ("kind" BETWEEN 1 AND 9), DROP CONSTRAINT "contact_customer", ADD CONSTRAINT "contact_customer" FOREIGN KEY ("customerId") REFERENCES "customer" ("id") ON DELETE CASCADE, ADD CONSTRAINT "contact_mail" UNIQUE ("customerId", "mail")`);
    }

    async down(queryRunner) {
        await queryRunner.query(`ALTER TABLE "contact" DROP CONSTRAINT "contact_mail", DROP CONSTRAINT "contact_customer", ADD CONSTRAINT "contact_customer" FOREIGN KEY ("customerId") REFERENCES "customer" ("id"), DROP CONSTRAINT "contact_kind", ADD CONSTRAINT "contact_kind" CHECK ("kind" BETWEEN 1 AND 3)`);
    }
}
