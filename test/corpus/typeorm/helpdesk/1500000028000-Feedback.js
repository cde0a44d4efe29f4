module.exports = class Feedback1500000028000 {

    async up(queryRunner) {
        const [{ exists }] = await queryRunner.query(`SELECT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'feedback') AS exists`);
        if (exists) return;
        await queryRunner.query(`CREATE TABLE "feedback" ("ticketId" bigint PRIMARY KEY REFERENCES "ticket" ON DELETE CASCADE, "stars" integer NOT NULL, "text" text)`);
        await queryRunner.query(`
            DO $$
            BEGIN
                IF (SELECT count(*) FROM "ticket") > 0 THEN
                    INSERT INTO "feedback" SELECT "id", 5, NULL FROM "ticket" WHERE "state" = 'closed';
                END IF;
                ALTER TABLE "feedback" ADD CONSTRAINT "feedback_stars" CHECK ("stars" BETWEEN 1 AND 5);
            EXCEPTION WHEN duplicate_object THEN
                NULL;
            END $$`);
    }

    async down(queryRunner) {
        await queryRunner.query(`DROP TABLE "feedback"`);
    }
}
