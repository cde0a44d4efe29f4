import { MigrationInterface, QueryRunner } from 'typeorm';

// Was needed on one server only.
export class NothingToDo1620000000020 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    const hasColumn = await queryRunner.hasColumn('seller', 'legacy_id');
    if (hasColumn) {
      await queryRunner.dropColumn('seller', 'legacy_id');
    }
    await queryRunner.dropTable('seller_backup', true);
  }

  public async down(): Promise<void> {}
}
