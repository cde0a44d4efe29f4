import { MigrationInterface, QueryRunner } from "typeorm";

// The function still wrote to the column's old name.
export class AlarmFollows1640000002400 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    const [{ source }] = await queryRunner.query(`SELECT pg_get_functiondef('raise_alarm'::regproc) AS source`);
    await queryRunner.query(source.replace('"order"', '"text"'));
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    const [{ source }] = await queryRunner.query(`SELECT pg_get_functiondef('raise_alarm'::regproc) AS source`);
    await queryRunner.query(source.replace('"text"', '"order"'));
  }
}
