const { Table } = require("typeorm");

module.exports = class AgentGroups1500000010000 {

    async up(queryRunner) {
        const exists = await queryRunner.hasTable("agent_group");
        if (!exists) {
            await queryRunner.createTable(new Table({
                name: "agent_group",
                columns: [
                    { name: "id", type: "int", isPrimary: true, isGenerated: true, generationStrategy: "increment" },
                    { name: "title", type: "varchar", length: "100" },
                ],
                uniques: [{ name: "agent_group_title", columnNames: ["title"] }],
            }), true);
        }
        const hasColumn = await queryRunner.hasColumn("agent", "groupId");
        if (!hasColumn) await queryRunner.query(`ALTER TABLE "agent" ADD COLUMN "groupId" integer REFERENCES "agent_group"`);
        const skills = await queryRunner.query(`SELECT DISTINCT unnest("skills") AS skill FROM "agent" ORDER BY 1`);
        for (const { skill } of skills) {
            const [group] = await queryRunner.query(`INSERT INTO "agent_group" ("title") VALUES ($1) RETURNING "id"`, [`All for ${skill}`]);
            await queryRunner.query(`UPDATE "agent" SET "groupId" = $1 WHERE $2 = ANY("skills") AND "groupId" IS NULL`, [group.id, skill]);
        }
    }

    async down(queryRunner) {
        await queryRunner.query(`ALTER TABLE "agent" DROP COLUMN "groupId"`);
        await queryRunner.dropTable("agent_group");
    }
}
