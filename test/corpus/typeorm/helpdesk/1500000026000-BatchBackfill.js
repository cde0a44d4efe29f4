module.exports = class BatchBackfill1500000026000 {
    transaction = false;

    async up(queryRunner) {
        await queryRunner.query(`ALTER TABLE "ticket" ADD COLUMN IF NOT EXISTS "messageCount" integer`);
        let changed;
        do {
            const rows = await queryRunner.query(`SELECT "id" FROM "ticket" WHERE "messageCount" IS NULL ORDER BY "id" LIMIT 4`);
            for (const { id } of rows) {
                await queryRunner.query(`UPDATE "ticket" SET "messageCount" = (SELECT count(*) FROM "message" WHERE "ticketId" = $1) WHERE "id" = $1`, [id]);
            }
            changed = rows.length;
        } while (changed > 0);
        await queryRunner.query(`ALTER TABLE "ticket" ADD CONSTRAINT "messageCount set" CHECK ("messageCount" IS NOT NULL) NOT VALID`);
        await queryRunner.query(`ALTER TABLE "ticket" VALIDATE CONSTRAINT "messageCount set"`);
        await queryRunner.query(`ALTER TABLE "ticket" ALTER COLUMN "messageCount" SET NOT NULL, ALTER COLUMN "messageCount" SET DEFAULT 0`);
        await queryRunner.query(`ALTER TABLE "ticket" DROP CONSTRAINT "messageCount set"`);
    }

    async down(queryRunner) {
        await queryRunner.query(`ALTER TABLE "ticket" DROP COLUMN "messageCount"`);
    }
}
