import { MigrationInterface, QueryRunner, Table, TableColumn, TableIndex } from 'typeorm';

export class Ratings1620000000027 implements MigrationInterface {
  private readonly table = new Table({
    name: 'rating',
    columns: [
      new TableColumn({ name: 'purchase_buyer', type: 'uuid', isPrimary: true }),
      new TableColumn({ name: 'purchase_offer', type: 'bigint', isPrimary: true }),
      new TableColumn({ name: 'stars', type: 'smallint', default: 5 }),
      new TableColumn({ name: 'text', type: 'varchar', isNullable: true, collation: 'C' }),
    ],
    foreignKeys: [
      {
        name: 'rating_of_purchase',
        columnNames: ['purchase_buyer', 'purchase_offer'],
        referencedTableName: 'purchase',
        referencedColumnNames: ['buyer_id', 'offer_id'],
        onDelete: 'CASCADE',
      },
    ],
  });

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createTable(this.table);
    await queryRunner.createIndex(this.table, new TableIndex({ name: 'rating_stars', columnNames: ['stars'] }));
    await queryRunner.query('INSERT INTO "rating" ("purchase_buyer", "purchase_offer") SELECT "buyer_id", "offer_id" FROM "purchase" LIMIT 0');
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable(this.table);
  }
}
