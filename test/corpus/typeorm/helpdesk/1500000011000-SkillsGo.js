// Reads what it removes.
module.exports = class SkillsGo1500000011000 {

    async up(queryRunner) {
        const without = await queryRunner.query(`SELECT "id" FROM "agent" WHERE "groupId" IS NULL AND cardinality("skills") > 0`);
        if (without.length > 0) throw new Error(`agents without a group: ${without.map(({ id }) => id)}`);
        await queryRunner.query(`ALTER TABLE "agent" DROP "skills"`);
    }

    async down(queryRunner) {
        await queryRunner.query(`ALTER TABLE "agent" ADD "skills" text[] NOT NULL DEFAULT '{}'`);
        await queryRunner.query(`UPDATE "agent" a SET "skills" = ARRAY[replace(g."title", 'All for ', '')] FROM "agent_group" g WHERE g."id" = a."groupId"`);
    }
}
