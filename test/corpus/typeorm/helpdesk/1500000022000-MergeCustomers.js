module.exports = class MergeCustomers1500000022000 {

    async up(queryRunner) {
        await queryRunner.query(`INSERT INTO "customer" ("name") VALUES ('bob''s diner ')`);
        const pairs = await queryRunner.query(`SELECT a."id" AS keep, b."id" AS gone FROM "customer" a JOIN "customer" b ON lower(trim(a."name")) = lower(trim(b."name")) AND a."id" < b."id"`);
        for (const { keep, gone } of pairs) {
            await queryRunner.query(`UPDATE "ticket" SET "customerId" = $1 WHERE "customerId" = $2`, [keep, gone]);
            await queryRunner.query(`UPDATE "contact" SET "customerId" = $1 WHERE "customerId" = $2`, [keep, gone]);
            await queryRunner.query(`DELETE FROM "customer" WHERE "id" = $1`, [gone]);
        }
        await queryRunner.query(`INSERT INTO "job_log" ("job", "details") SELECT 'merge', jsonb_build_object('pairs', $1::int)`, [pairs.length]);
    }

    async down(queryRunner) {
        await queryRunner.query(`DELETE FROM "job_log" WHERE "job" = 'merge'`);
    }
}
