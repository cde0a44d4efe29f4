module.exports = class SlaRules1500000020000 {

    async up(queryRunner) {
        await queryRunner.query(`CREATE EXTENSION IF NOT EXISTS btree_gist`);
        await queryRunner.query(`CREATE TABLE "sla" (
            "id" smallint GENERATED ALWAYS AS IDENTITY,
            "priority" "ticket_priority" NOT NULL,
            "valid" daterange NOT NULL DEFAULT '[2018-01-01,)',
            "answer_within" interval NOT NULL,
            "hours" int4range,
            EXCLUDE USING gist ("priority" WITH =, "valid" WITH &&) DEFERRABLE INITIALLY DEFERRED
        )`);
        await queryRunner.query(`INSERT INTO "sla" ("priority", "answer_within") VALUES ('low', '3 days'), ('normal', '1 day'), ('high', '04:00'), ('urgent', '00:30')`);
    }

    async down(queryRunner) {
        await queryRunner.query(`DROP TABLE "sla"`);
        await queryRunner.query(`DROP EXTENSION btree_gist`);
    }
}
