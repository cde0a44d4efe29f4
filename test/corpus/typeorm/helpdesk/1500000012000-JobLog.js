module.exports = class JobLog1500000012000 {

    async up(queryRunner) {
        await queryRunner.query(`CREATE TABLE "job_log" ("id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "job" text NOT NULL, "at" timestamptz NOT NULL DEFAULT now(), "details" jsonb)`);
        await queryRunner.query(`INSERT INTO "job_log" ("job", "details") VALUES ('migration', '{"name": "JobLog"}')`);
    }

    async down(queryRunner) {
        await queryRunner.query(`DROP TABLE "job_log"`);
    }
}
