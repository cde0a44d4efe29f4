import { MigrationInterface, QueryRunner } from "typeorm";

export class DemoFleet1640000000200 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`INSERT INTO fleet (name) VALUES ($1), ($2) ON CONFLICT (name) DO NOTHING`, ["North; cold", "South's"]);
    await queryRunner.query(`
      INSERT INTO device (fleet_id, serial_no, model, meta)
      SELECT f.id, 'SN-' || n, CASE n % 2 WHEN 0 THEN 'T-1000' END, jsonb_build_object('fw', '1.' || n, 'tags', to_jsonb(ARRAY['a', 'b,c']))
      FROM fleet f, generate_series(1, 4) n ORDER BY f.id, n
      ON CONFLICT ON CONSTRAINT device_fleet_id_serial_no_key DO UPDATE SET model = excluded.model
    `);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`TRUNCATE device, fleet RESTART IDENTITY`);
  }
}
