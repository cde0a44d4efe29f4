const TAGS = [["bug", "#ff0000"], ["question", null], ["won't fix", "#cccccc"]];

module.exports = class TagRows1500000007000 {

    async up(queryRunner) {
        await Promise.all(TAGS.map((tag) => queryRunner.query(`INSERT INTO "tag" VALUES ($1, $2) ON CONFLICT ("name") DO UPDATE SET "colour" = EXCLUDED."colour"`, tag)));
        await queryRunner.query(`INSERT INTO "ticket_tag" SELECT "id", CASE WHEN "priority" = 'urgent' THEN 'bug' ELSE 'question' END FROM "ticket"`);
    }

    async down(queryRunner) {
        await queryRunner.query(`DELETE FROM "ticket_tag"`);
        await queryRunner.query(`DELETE FROM "tag" WHERE "name" = ANY($1)`, [TAGS.map(([name]) => name)]);
    }
}
