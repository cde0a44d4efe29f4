import { MigrationInterface, QueryRunner, Table, TableForeignKey } from 'typeorm';

export class CreateOffer1620000000002 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createTable(
      new Table({
        name: 'offer',
        columns: [
          { name: 'id', type: 'bigint', isPrimary: true, isGenerated: true, generationStrategy: 'increment' },
          { name: 'seller_id', type: 'int' },
          { name: 'title', type: 'text' },
          { name: 'price', type: 'decimal', precision: 10, scale: 2 },
          { name: 'state', type: 'enum', enum: ['draft', 'live', 'sold'], enumName: 'offer_state', default: "'draft'" },
          { name: 'tags', type: 'varchar', isArray: true, default: "'{}'" },
          { name: 'details', type: 'jsonb', isNullable: true },
          { name: 'created_at', type: 'timestamptz', default: 'CURRENT_TIMESTAMP' },
        ],
        checks: [{ name: 'offer_price_positive', expression: '"price" > 0' }],
        indices: [{ name: 'offer_state_idx', columnNames: ['state', 'created_at'] }],
      }),
    );
    await queryRunner.createForeignKey(
      'offer',
      new TableForeignKey({ columnNames: ['seller_id'], referencedTableName: 'seller', referencedColumnNames: ['id'], onDelete: 'CASCADE' }),
    );
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    const table = await queryRunner.getTable('offer');
    const foreignKey = table!.foreignKeys.find((fk) => fk.columnNames.indexOf('seller_id') !== -1);
    await queryRunner.dropForeignKey('offer', foreignKey!);
    await queryRunner.dropTable('offer');
    await queryRunner.query('DROP TYPE IF EXISTS "offer_state"');
  }
}
