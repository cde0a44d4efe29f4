module.exports = class DropTagColour1500000029000 {

    async up(queryRunner) {
        await queryRunner.dropColumn("tag", "colour");
        await queryRunner.query(`ALTER TABLE "tag" ADD "colour" integer NOT NULL DEFAULT 0`);
        await queryRunner.query(`UPDATE "tag" SET "name" = 'defect' WHERE "name" = 'bug'`);
    }

    async down(queryRunner) {
        await queryRunner.query(`UPDATE "tag" SET "name" = 'bug' WHERE "name" = 'defect'`);
        await queryRunner.query(`ALTER TABLE "tag" DROP COLUMN "colour", ADD COLUMN "colour" varchar(7)`);
    }
}
