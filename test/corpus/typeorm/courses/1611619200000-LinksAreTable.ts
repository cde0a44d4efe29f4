import { MigrationInterface, QueryRunner } from "typeorm";

export class LinksAreTable1611619200000 implements MigrationInterface {
    name = 'LinksAreTable1611619200000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`CREATE TABLE "link" ("id" SERIAL NOT NULL, "url" character varying NOT NULL, "profileId" integer, CONSTRAINT "PK_26206fb7186da72fbb9eaa3fac9" PRIMARY KEY ("id"))`);
        await queryRunner.query(`ALTER TABLE "link" ADD CONSTRAINT "FK_link_profile" FOREIGN KEY ("profileId") REFERENCES "profile"("id") ON DELETE CASCADE ON UPDATE NO ACTION`);
        const profiles = await queryRunner.query(`SELECT "id", "links" FROM "profile"`);
        for (const profile of profiles) {
            for (const url of profile.links) {
                await queryRunner.query(`INSERT INTO "link" ("url", "profileId") VALUES ($1, $2)`, [url, profile.id]);
            }
        }
        await queryRunner.query(`ALTER TABLE "profile" DROP COLUMN "links"`);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`ALTER TABLE "profile" ADD "links" jsonb NOT NULL DEFAULT '[]'`);
        await queryRunner.query(`UPDATE "profile" p SET "links" = l.urls FROM (SELECT "profileId", jsonb_agg("url" ORDER BY "id") AS urls FROM "link" GROUP BY 1) l WHERE l."profileId" = p."id"`);
        await queryRunner.query(`ALTER TABLE "link" DROP CONSTRAINT "FK_link_profile"`);
        await queryRunner.query(`DROP TABLE "link"`);
    }

}
