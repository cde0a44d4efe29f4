import { MigrationInterface, QueryRunner } from "typeorm";

export class TryGeo1640000002700 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE device ADD COLUMN place point, ADD COLUMN area polygon, ADD COLUMN addr cidr`);
    await queryRunner.query(`CREATE INDEX device_place ON device USING spgist (place)`);
    await queryRunner.query(`UPDATE device SET place = point(id, id)`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX device_place`);
    await queryRunner.query(`ALTER TABLE device DROP COLUMN place, DROP COLUMN area, DROP COLUMN addr`);
  }
}
