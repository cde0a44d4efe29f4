import { MigrationInterface, QueryRunner, Table } from 'typeorm';

export class CreateSeller1620000000001 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createTable(
      new Table({
        name: 'seller',
        columns: [
          { name: 'id', type: 'int', isPrimary: true, isGenerated: true, generationStrategy: 'increment' },
          { name: 'name', type: 'varchar', length: '120', isNullable: false },
          { name: 'email', type: 'varchar', isUnique: true },
          { name: 'rating', type: 'numeric', precision: 3, scale: 2, default: 0 },
          { name: 'verified', type: 'boolean', default: false },
          { name: 'created_at', type: 'timestamp with time zone', default: 'now()' },
        ],
      }),
      true,
    );
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('seller');
  }
}
