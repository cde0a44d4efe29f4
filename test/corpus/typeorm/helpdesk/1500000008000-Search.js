module.exports = class Search1500000008000 {

    async up(queryRunner) {
        await queryRunner.query(`CREATE EXTENSION IF NOT EXISTS pg_trgm`);
        await queryRunner.query(`ALTER TABLE "ticket" ADD COLUMN "search" tsvector`);
        await queryRunner.query(`
            CREATE FUNCTION ticket_search() RETURNS trigger AS $$
            BEGIN
                NEW."search" := to_tsvector('english', NEW."subject");
                RETURN NEW;
            END
            $$ LANGUAGE plpgsql;
            CREATE TRIGGER ticket_search BEFORE INSERT OR UPDATE OF "subject" ON "ticket" FOR EACH ROW EXECUTE PROCEDURE ticket_search();
        `);
        await queryRunner.query(`UPDATE "ticket" SET "subject" = "subject"`);
        await queryRunner.query(`CREATE INDEX ticket_search_idx ON "ticket" USING GIN ("search")`);
        await queryRunner.query(`CREATE INDEX ticket_subject_trgm ON "ticket" USING GIN ("subject" gin_trgm_ops)`);
    }

    async down(queryRunner) {
        await queryRunner.query(`DROP INDEX ticket_subject_trgm`);
        await queryRunner.query(`DROP INDEX ticket_search_idx`);
        await queryRunner.query(`DROP TRIGGER ticket_search ON "ticket"; DROP FUNCTION ticket_search()`);
        await queryRunner.query(`ALTER TABLE "ticket" DROP COLUMN "search"`);
        await queryRunner.query(`DROP EXTENSION pg_trgm`);
    }
}
