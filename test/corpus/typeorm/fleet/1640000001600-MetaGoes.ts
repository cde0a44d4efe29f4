import { MigrationInterface, QueryRunner } from "typeorm";

// Reads what it removes; a second run can't.
export class MetaGoes1640000001600 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    const rest = await queryRunner.query(`SELECT id, meta - 'fw' - 'tags' AS rest FROM device WHERE meta - 'fw' - 'tags' <> '{}' ORDER BY id`);
    await queryRunner.query(`CREATE TABLE device_rest (device_id bigint PRIMARY KEY REFERENCES device ON DELETE CASCADE, rest jsonb NOT NULL)`);
    for (const { id, rest: value } of rest) await queryRunner.query(`INSERT INTO device_rest VALUES ($1, $2)`, [id, value]);
    await queryRunner.query(`ALTER TABLE device DROP COLUMN "firmware major"`);
    await queryRunner.query(`ALTER TABLE device DROP COLUMN meta`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE device ADD COLUMN meta jsonb NOT NULL DEFAULT '{}'::jsonb`);
    await queryRunner.query(`UPDATE device SET meta = jsonb_build_object('fw', firmware, 'tags', to_jsonb(tags))`);
    await queryRunner.query(`ALTER TABLE device ADD COLUMN "firmware major" integer GENERATED ALWAYS AS (split_part(meta ->> 'fw', '.', 1)::integer) STORED`);
    await queryRunner.query(`DROP TABLE device_rest`);
    await queryRunner.query(`CREATE INDEX device_meta ON device USING gin (meta jsonb_path_ops)`);
  }
}
