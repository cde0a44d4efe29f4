module.exports = class RenameAgent1500000024000 {

    async up(queryRunner) {
        await queryRunner.renameTable("agent", "staff");
        await queryRunner.query(`ALTER TABLE "ticket" RENAME COLUMN "agentId" TO "staffId"`);
        await queryRunner.query(`ALTER TABLE "ticket" RENAME CONSTRAINT "ticket_agentId_fkey" TO "ticket_staff"`);
        await queryRunner.renameColumn("staff", "mail", "email");
    }

    async down(queryRunner) {
        await queryRunner.renameColumn("staff", "email", "mail");
        await queryRunner.query(`ALTER TABLE "ticket" RENAME CONSTRAINT "ticket_staff" TO "ticket_agentId_fkey"`);
        await queryRunner.query(`ALTER TABLE "ticket" RENAME COLUMN "staffId" TO "agentId"`);
        await queryRunner.renameTable("staff", "agent");
    }
}
