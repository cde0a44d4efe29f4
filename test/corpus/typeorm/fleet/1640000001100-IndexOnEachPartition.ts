import { MigrationInterface, QueryRunner } from "typeorm";

// A partitioned table can't be indexed CONCURRENTLY: each partition is, then they are attached.
export class IndexOnEachPartition1640000001100 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE INDEX reading_kind_value ON ONLY reading (kind, value)`);
    const partitions = await queryRunner.query(`SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'reading'::regclass ORDER BY 1`);
    for (const { name } of partitions) {
      await queryRunner.query(`CREATE INDEX CONCURRENTLY ${name}_kind_value ON ${name} (kind, value)`);
      await queryRunner.query(`ALTER INDEX reading_kind_value ATTACH PARTITION ${name}_kind_value`);
    }
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX reading_kind_value`);
  }
}
