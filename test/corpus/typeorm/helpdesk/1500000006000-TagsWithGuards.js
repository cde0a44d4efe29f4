module.exports = class TagsWithGuards1500000006000 {

    async up(queryRunner) {
        await queryRunner.query(`CREATE TABLE IF NOT EXISTS "tag" ("name" varchar(30) PRIMARY KEY, "colour" varchar(7))`);
        await queryRunner.query(`CREATE TABLE IF NOT EXISTS "ticket_tag" ("ticketId" bigint, "tag" varchar(30), CONSTRAINT "ticket_tag_pk" PRIMARY KEY ("ticketId", "tag"))`);
        const table = await queryRunner.getTable("ticket_tag");
        if (table.foreignKeys.length === 0) {
            await queryRunner.query(`ALTER TABLE "ticket_tag" ADD CONSTRAINT "ticket_tag_ticket" FOREIGN KEY ("ticketId") REFERENCES "ticket" ("id") ON DELETE CASCADE, ADD CONSTRAINT "ticket_tag_tag" FOREIGN KEY ("tag") REFERENCES "tag" ("name") ON UPDATE CASCADE`);
        }
        await queryRunner.query(`CREATE INDEX IF NOT EXISTS "ticket_tag_by_tag" ON "ticket_tag" ("tag" varchar_pattern_ops)`);
    }

    async down(queryRunner) {
        await queryRunner.query(`DROP TABLE IF EXISTS "ticket_tag"`);
        await queryRunner.query(`DROP TABLE IF EXISTS "tag" CASCADE`);
    }
}
