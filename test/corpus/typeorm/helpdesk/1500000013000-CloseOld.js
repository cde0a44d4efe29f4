module.exports = class CloseOld1500000013000 {

    async up(queryRunner) {
        const result = await queryRunner.manager
            .createQueryBuilder()
            .update("ticket")
            .set({ state: "closed" })
            .where(`"openedAt" < :before AND "agentId" IS NULL`, { before: "2018-01-01" })
            .execute();
        await queryRunner.query(`INSERT INTO "job_log" ("job", "details") VALUES ('close old', $1)`, [JSON.stringify({ closed: result.affected })]);
    }

    async down(queryRunner) {
        await queryRunner.query(`UPDATE "ticket" SET "state" = 'open' WHERE "agentId" IS NULL`);
        await queryRunner.query(`DELETE FROM "job_log" WHERE "job" = 'close old'`);
    }
}
