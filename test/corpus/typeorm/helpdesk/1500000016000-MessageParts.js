// Messages become a tree of parts: new table, copy, drop, rename.
module.exports = class MessageParts1500000016000 {

    async up(queryRunner) {
        await queryRunner.query(`CREATE TABLE "temporary_message" ("id" BIGSERIAL NOT NULL, "ticketId" bigint NOT NULL, "parts" jsonb NOT NULL, "internal" boolean NOT NULL DEFAULT false, "authorId" integer, CONSTRAINT "message_pk" PRIMARY KEY ("id"), CONSTRAINT "message_to_ticket" FOREIGN KEY ("ticketId") REFERENCES "ticket" ("id") ON DELETE CASCADE)`);
        await queryRunner.query(`CREATE INDEX "temporary_message_ticket" ON "temporary_message" ("ticketId")`);
        await queryRunner.query(`INSERT INTO "temporary_message" ("id", "ticketId", "parts", "internal") SELECT "id", "ticketId", jsonb_build_array(jsonb_build_object('text', "body")), "internal" FROM "message"`);
        await queryRunner.query(`SELECT setval('"temporary_message_id_seq"', (SELECT coalesce(max("id"), 1) FROM "temporary_message"))`);
        await queryRunner.query(`DROP TABLE "message"`);
        await queryRunner.query(`ALTER TABLE "temporary_message" RENAME TO "message"`);
        await queryRunner.query(`ALTER INDEX "temporary_message_ticket" RENAME TO "message_ticket"`);
    }

    async down(queryRunner) {
        await queryRunner.query(`ALTER TABLE "message" ADD COLUMN "body" text`);
        await queryRunner.query(`UPDATE "message" SET "body" = "parts" -> 0 ->> 'text'`);
        await queryRunner.query(`ALTER TABLE "message" ALTER COLUMN "body" SET NOT NULL, DROP COLUMN "parts", DROP COLUMN "authorId"`);
        await queryRunner.query(`ALTER SEQUENCE "temporary_message_id_seq" RENAME TO "message_id_seq"`);
    }
}
