module.exports = class FullTextView1500000017000 {

    async up(queryRunner) {
        await queryRunner.query(`CREATE OR REPLACE VIEW "ticket_overview" WITH (security_barrier) AS SELECT t."id", t."subject", a."name" AS agent, (SELECT count(*) FROM "message" m WHERE m."ticketId" = t."id") AS messages FROM "ticket" t LEFT JOIN "agent" a ON a."id" = t."agentId" WHERE t."state" <> 'closed'`);
        await queryRunner.query(`GRANT SELECT ON "ticket_overview" TO PUBLIC`);
        await queryRunner.query(`COMMENT ON VIEW "ticket_overview" IS 'for the screen on the wall'`);
    }

    async down(queryRunner) {
        await queryRunner.query(`DROP VIEW IF EXISTS "ticket_overview"`);
    }
}
