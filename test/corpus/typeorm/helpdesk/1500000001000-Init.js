const { MigrationInterface, QueryRunner } = require("typeorm");

module.exports = class Init1500000001000 {
    name = 'Init1500000001000'

    async up(queryRunner) {
        await queryRunner.query(`CREATE TABLE "agent" ("id" SERIAL PRIMARY KEY, "name" text NOT NULL, "mail" text NOT NULL UNIQUE, "skills" text[] NOT NULL DEFAULT '{}')`);
        await queryRunner.query(`CREATE TABLE "customer" ("id" SERIAL PRIMARY KEY, "name" text NOT NULL, "vip" boolean NOT NULL DEFAULT FALSE)`);
        await queryRunner.query(`CREATE TABLE "ticket" (
            "id" BIGSERIAL PRIMARY KEY,
            "subject" varchar(255) NOT NULL,
            "state" text NOT NULL DEFAULT 'open' CHECK ("state" IN ('open', 'closed')),
            "agentId" integer REFERENCES "agent" ("id") ON DELETE SET NULL,
            "customerId" integer NOT NULL REFERENCES "customer" ("id"),
            "openedAt" timestamp NOT NULL DEFAULT '2017-07-14 02:40:00'
        )`);
    }

    async down(queryRunner) {
        await queryRunner.query(`DROP TABLE "ticket"`);
        await queryRunner.query(`DROP TABLE "customer"`);
        await queryRunner.query(`DROP TABLE "agent"`);
    }
}
