import { MigrationInterface, QueryRunner } from "typeorm";

export class SplitModel1640000001400 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE model (id smallserial PRIMARY KEY, name text NOT NULL UNIQUE)`);
    await queryRunner.query(`INSERT INTO model (name) SELECT DISTINCT model FROM device WHERE model IS NOT NULL ORDER BY 1`);
    await queryRunner.query(`ALTER TABLE device ADD COLUMN model_id smallint REFERENCES model`);
    await queryRunner.query(`UPDATE device SET model_id = model.id FROM model WHERE model.name = device.model`);
    await queryRunner.query(`ALTER TABLE device DROP COLUMN model`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE device ADD COLUMN model text`);
    await queryRunner.query(`UPDATE device SET model = m.name FROM model m WHERE m.id = device.model_id`);
    await queryRunner.query(`ALTER TABLE device DROP COLUMN model_id`);
    await queryRunner.query(`DROP TABLE model`);
    await queryRunner.query(`CREATE INDEX "device by firmware" ON device ((meta ->> 'fw'), id DESC NULLS LAST) WHERE model IS NOT NULL`);
  }
}
