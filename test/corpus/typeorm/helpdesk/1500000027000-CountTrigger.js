module.exports = class CountTrigger1500000027000 {

    async up(queryRunner) {
        await queryRunner.query(`
            CREATE OR REPLACE FUNCTION "countMessages"() RETURNS trigger LANGUAGE plpgsql AS $fn$
            DECLARE
                text constant text := 'a ; in a string, $$ too';
            BEGIN
                UPDATE "ticket" SET "messageCount" = "messageCount" + 1 WHERE "id" = NEW."ticketId";
                RETURN NULL;
            END;
            $fn$`);
        await queryRunner.query(`CREATE TRIGGER "countMessages" AFTER INSERT ON "message" FOR EACH ROW EXECUTE FUNCTION "countMessages"()`);
        await queryRunner.query(`INSERT INTO "message" ("ticketId", "parts") SELECT min("id"), '[]' FROM "ticket"`);
    }

    async down(queryRunner) {
        await queryRunner.query(`DELETE FROM "message" WHERE "parts" = '[]'`);
        await queryRunner.query(`DROP TRIGGER "countMessages" ON "message"`);
        await queryRunner.query(`DROP FUNCTION "countMessages"`);
    }
}
