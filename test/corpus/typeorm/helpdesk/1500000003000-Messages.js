const { Table, TableForeignKey, TableIndex } = require("typeorm");

module.exports = class Messages1500000003000 {

    async up(queryRunner) {
        await queryRunner.createTable(new Table({
            name: "message",
            columns: [
                { name: "id", type: "bigint", isPrimary: true, isGenerated: true, generationStrategy: "increment" },
                { name: "ticketId", type: "bigint" },
                { name: "body", type: "text" },
                { name: "internal", type: "boolean", default: false },
            ],
        }));
        await queryRunner.createForeignKey("message", new TableForeignKey({
            columnNames: ["ticketId"],
            referencedTableName: "ticket",
            referencedColumnNames: ["id"],
            onDelete: "CASCADE",
        }));
        await queryRunner.createIndex("message", new TableIndex({ name: "message_ticket", columnNames: ["ticketId"] }));
        await queryRunner.manager.query(`INSERT INTO "message" ("ticketId", "body") SELECT "id", 'Dear team, ' || "subject" FROM "ticket" ORDER BY "id"`);
    }

    async down(queryRunner) {
        await queryRunner.dropTable("message");
    }
}
