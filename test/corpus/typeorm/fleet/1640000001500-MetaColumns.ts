import { MigrationInterface, QueryRunner } from "typeorm";

export class MetaColumns1640000001500 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE device ADD firmware text, ADD tags text[] NOT NULL DEFAULT '{}', ADD COLUMN "firmware major" integer GENERATED ALWAYS AS (split_part(meta ->> 'fw', '.', 1)::integer) STORED`);
    const devices = await queryRunner.query(`SELECT id, meta FROM device ORDER BY id`);
    await Promise.all(devices.map(({ id, meta }: any) => queryRunner.query(`UPDATE device SET firmware = $1, tags = $2 WHERE id = $3`, [meta.fw, meta.tags, id])));
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE device DROP firmware, DROP tags, DROP COLUMN "firmware major"`);
  }
}
