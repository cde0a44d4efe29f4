import { MigrationInterface, QueryRunner } from "typeorm";

export class FleetRoles1640000002100 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE fleet ENABLE ROW LEVEL SECURITY; ALTER TABLE fleet FORCE ROW LEVEL SECURITY`);
    await queryRunner.query(`CREATE POLICY all_fleets ON fleet AS PERMISSIVE FOR ALL TO CURRENT_USER USING (true) WITH CHECK (name <> '')`);
    await queryRunner.query(`GRANT SELECT (id, name) ON fleet TO PUBLIC; GRANT USAGE ON SEQUENCE command_seq TO PUBLIC; GRANT USAGE ON TYPE device_state TO CURRENT_USER;`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`REVOKE USAGE ON SEQUENCE command_seq FROM PUBLIC; REVOKE SELECT (id, name) ON fleet FROM PUBLIC;`);
    await queryRunner.query(`DROP POLICY IF EXISTS all_fleets ON fleet`);
    await queryRunner.query(`ALTER TABLE fleet NO FORCE ROW LEVEL SECURITY; ALTER TABLE fleet DISABLE ROW LEVEL SECURITY`);
  }
}
