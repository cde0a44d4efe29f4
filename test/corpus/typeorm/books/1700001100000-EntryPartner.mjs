import { TableColumn, TableForeignKey } from 'typeorm';

export class EntryPartner1700001100000 {
  async up(queryRunner) {
    await queryRunner.addColumn('books.entry', new TableColumn({ name: 'partner_id', type: 'integer', isNullable: true }));
    await queryRunner.createForeignKey(
      'books.entry',
      new TableForeignKey({ columnNames: ['partner_id'], referencedTableName: 'books.partner', referencedColumnNames: ['id'], onDelete: 'SET NULL' }),
    );
    const partners = await queryRunner.query(`SELECT id, name FROM books.partner ORDER BY id`);
    for (const { id, name } of partners) {
      await queryRunner.query(`UPDATE books.entry SET partner_id = $1 WHERE number % 2 = $2 AND text <> $3`, [id, id % 2, name]);
    }
  }

  async down(queryRunner) {
    await queryRunner.dropColumn('books.entry', 'partner_id');
  }
}
