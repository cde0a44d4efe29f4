module.exports = class ViaConnection1500000030000 {

    async up(queryRunner) {
        // the runner's own connection, deep inside
        await queryRunner.manager.connection.createQueryBuilder(queryRunner).update("setting").set({ value: "30" }).where("key = :key", { key: "version" }).execute();
        await queryRunner.manager.query(`ALTER TABLE "setting" ADD COLUMN "public" boolean NOT NULL DEFAULT false`);
        await queryRunner.manager.query(`UPDATE "setting" SET "public" = true WHERE "key" = $1`, ["timezone"]);
        await queryRunner.manager.query(`CREATE INDEX "setting_public" ON "setting" ("public")`);
    }

    async down(queryRunner) {
        await queryRunner.manager.query(`ALTER TABLE "setting" DROP COLUMN "public"`);
        await queryRunner.manager.query(`UPDATE "setting" SET "value" = '19' WHERE "key" = 'version'`);
    }
}
