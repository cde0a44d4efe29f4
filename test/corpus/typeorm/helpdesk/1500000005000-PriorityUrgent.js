module.exports = class PriorityUrgent1500000005000 {
    transaction = false;

    async up(queryRunner) {
        await queryRunner.query(`ALTER TYPE "ticket_priority" ADD VALUE IF NOT EXISTS 'urgent' AFTER 'high'`);
        await queryRunner.query(`UPDATE "ticket" SET "priority" = 'urgent' WHERE "priority" = 'high' AND "state" = 'open'`);
    }

    async down(queryRunner) {
        await queryRunner.query(`UPDATE "ticket" SET "priority" = 'high' WHERE "priority" = 'urgent'`);
        await queryRunner.query(`DELETE FROM pg_enum WHERE enumtypid = '"ticket_priority"'::regtype AND enumlabel = 'urgent'`);
    }
}
