module.exports = class OverviewGrows1500000018000 {

    async up(queryRunner) {
        await queryRunner.query(`CREATE OR REPLACE VIEW "ticket_overview" WITH (security_barrier) AS SELECT t."id", t."subject", a."name" AS agent, (SELECT count(*) FROM "message" m WHERE m."ticketId" = t."id") AS messages, t."priority" FROM "ticket" t LEFT JOIN "agent" a ON a."id" = t."agentId" WHERE t."state" <> 'closed'`);
    }

    async down(queryRunner) {
        const [{ viewdef }] = await queryRunner.query(`SELECT pg_get_viewdef('ticket_overview'::regclass) AS viewdef`);
        await queryRunner.query(`DROP VIEW "ticket_overview"`);
        await queryRunner.query(`CREATE VIEW "ticket_overview" WITH (security_barrier) AS ${viewdef.replace(/,\s+t?\.?priority/, '')}`);
        await queryRunner.query(`GRANT SELECT ON "ticket_overview" TO PUBLIC`);
        await queryRunner.query(`COMMENT ON VIEW "ticket_overview" IS 'for the screen on the wall'`);
    }
}
