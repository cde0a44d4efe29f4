module.exports = class Concurrently1500000014000 {
    transaction = false;

    async up(queryRunner) {
        await queryRunner.query(`CREATE INDEX CONCURRENTLY "ticket_open" ON "ticket" ("priority" DESC, "openedAt") WHERE "state" = 'open'`);
        await queryRunner.query(`CREATE UNIQUE INDEX CONCURRENTLY "customer_name" ON "customer" (lower("name"))`);
        await queryRunner.query(`DROP INDEX CONCURRENTLY "ticket_subject_trgm"`);
    }

    async down(queryRunner) {
        await queryRunner.query(`CREATE INDEX CONCURRENTLY ticket_subject_trgm ON "ticket" USING GIN ("subject" gin_trgm_ops)`);
        await queryRunner.query(`DROP INDEX CONCURRENTLY "customer_name"`);
        await queryRunner.query(`DROP INDEX CONCURRENTLY "ticket_open"`);
    }
}
