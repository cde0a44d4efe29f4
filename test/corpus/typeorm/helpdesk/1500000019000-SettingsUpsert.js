const settings = { timezone: "Europe/Paris", "auto close": "30 days", signature: "Yours,\n'the team'" };

module.exports = class SettingsUpsert1500000019000 {

    async up(queryRunner) {
        await queryRunner.query(`CREATE TABLE "setting" ("key" text PRIMARY KEY, "value" text)`);
        for (const key of Object.keys(settings)) {
            await queryRunner.query(`INSERT INTO "setting" ("key", "value") VALUES ($1, $2) ON CONFLICT DO NOTHING`, [key, settings[key]]);
        }
        const { raw } = await queryRunner.manager.createQueryBuilder().insert().into("setting", ["key", "value"]).values({ key: "version", value: "19" }).returning("key").execute();
        if (raw[0].key !== "version") throw new Error("unexpected");
    }

    async down(queryRunner) {
        await queryRunner.query(`DROP TABLE "setting"`);
    }
}
