import { MigrationInterface, QueryRunner } from "typeorm";

export class ReadingsKnowKinds1640000000700 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE reading ADD CONSTRAINT reading_kind FOREIGN KEY (kind) REFERENCES kind (id)`);
    await queryRunner.query(`ALTER TABLE reading_2022_h1 ADD CONSTRAINT h1_device FOREIGN KEY (device_id) REFERENCES device (id) NOT VALID`);
    await queryRunner.query(`ALTER TABLE reading_2022_h1 VALIDATE CONSTRAINT h1_device`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE reading_2022_h1 DROP CONSTRAINT IF EXISTS h1_device`);
    await queryRunner.query(`ALTER TABLE reading DROP CONSTRAINT IF EXISTS reading_kind`);
  }
}
