import { MigrationInterface, QueryRunner, Table, TableColumn, TableForeignKey } from 'typeorm';

export class Categories1620000000009 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createTable(
      new Table({
        name: 'category',
        columns: [
          { name: 'id', type: 'smallint', isPrimary: true },
          { name: 'name', type: 'varchar', length: '80' },
          { name: 'parent_id', type: 'smallint', isNullable: true },
        ],
        uniques: [{ columnNames: ['parent_id', 'name'] }],
        foreignKeys: [{ columnNames: ['parent_id'], referencedTableName: 'category', referencedColumnNames: ['id'] }],
      }),
    );
    await queryRunner.query(`INSERT INTO category VALUES (1, 'Media', NULL), (2, 'Books', 1), (3, 'House', NULL)`);
    await queryRunner.addColumn('offer', new TableColumn({ name: 'category_id', type: 'smallint', isNullable: true }));
    await queryRunner.query(`UPDATE offer SET category_id = CASE WHEN title ILIKE '%books%' THEN 2 ELSE 3 END`);
    await queryRunner.createForeignKey(
      'offer',
      new TableForeignKey({
        name: 'FK_OFFER_CATEGORY',
        columnNames: ['category_id'],
        referencedTableName: 'category',
        referencedColumnNames: ['id'],
        onUpdate: 'CASCADE',
        deferrable: 'INITIALLY DEFERRED',
      }),
    );
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropForeignKey('offer', 'FK_OFFER_CATEGORY');
    await queryRunner.dropColumn('offer', 'category_id');
    await queryRunner.dropTable('category', true, true, true);
  }
}
