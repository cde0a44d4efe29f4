import { MigrationInterface, QueryRunner } from "typeorm";

export class Detached1640000003000 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    const parts: { name: string; rows: string }[] = await queryRunner.query(`SELECT 'reading_2022_h1' AS name, count(*) AS rows FROM reading_2022_h1`);
    await queryRunner.query(`CREATE SCHEMA IF NOT EXISTS "cold storage"`);
    for (const { name, rows } of parts) {
      if (Number(rows) === 0) continue;
      await queryRunner.query(`ALTER TABLE reading DETACH PARTITION ${name}`);
      await queryRunner.query(`ALTER TABLE ${name} SET SCHEMA "cold storage"`);
      await queryRunner.query(`COMMENT ON TABLE "cold storage".${name} IS '${rows} rows'`);
    }
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`COMMENT ON TABLE "cold storage".reading_2022_h1 IS NULL`);
    await queryRunner.query(`ALTER TABLE "cold storage".reading_2022_h1 SET SCHEMA public`);
    await queryRunner.query(`ALTER TABLE reading ATTACH PARTITION reading_2022_h1 FOR VALUES FROM ('2022-01-01 00:00+00') TO ('2022-07-01 00:00+00')`);
    await queryRunner.query(`DROP SCHEMA "cold storage"`);
  }
}
