const { Table, TableColumn } = require("typeorm");

module.exports = class Attachments1500000023000 {

    async up(queryRunner) {
        await queryRunner.createTable(new Table({
            name: "attachment",
            columns: [
                new TableColumn({ name: "id", type: "uuid", isPrimary: true, default: "gen_random_uuid()" }),
                new TableColumn({ name: "messageId", type: "bigint" }),
                new TableColumn({ name: "name", type: "varchar", length: "255" }),
                new TableColumn({ name: "size", type: "int", unsigned: true, isNullable: true }),
                new TableColumn({ name: "checksum", type: "char", length: "32", isNullable: true }),
            ],
            foreignKeys: [{ columnNames: ["messageId"], referencedTableName: "message", referencedColumnNames: ["id"], onDelete: "CASCADE" }],
            indices: [{ name: "attachment_message", columnNames: ["messageId"] }],
        }), true, true, true);
        await queryRunner.query(`INSERT INTO "attachment" ("id", "messageId", "name", "checksum") SELECT md5("id"::text)::uuid, "id", 'file "' || "id" || '".txt', md5('x') FROM "message" WHERE "id" % 4 = 0`);
    }

    async down(queryRunner) {
        await queryRunner.dropTable("attachment", true, true, true);
    }
}
