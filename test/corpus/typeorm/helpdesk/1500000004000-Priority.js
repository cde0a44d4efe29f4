const { TableColumn } = require("typeorm");

module.exports = class Priority1500000004000 {

    async up(queryRunner) {
        await queryRunner.query(`CREATE TYPE "ticket_priority" AS ENUM ('low', 'normal', 'high')`);
        await queryRunner.query(`ALTER TABLE "ticket" ADD "priority" "ticket_priority" NOT NULL DEFAULT 'normal'`);
        await queryRunner.query(`UPDATE "ticket" SET "priority" = 'high' FROM "customer" c WHERE c."id" = "ticket"."customerId" AND c."vip"`);
        await queryRunner.addColumn("ticket", new TableColumn({ name: "due", type: "date", isNullable: true }));
    }

    async down(queryRunner) {
        await queryRunner.dropColumn("ticket", "due");
        await queryRunner.query(`ALTER TABLE "ticket" DROP COLUMN "priority"`);
        await queryRunner.query(`DROP TYPE "ticket_priority"`);
    }
}
