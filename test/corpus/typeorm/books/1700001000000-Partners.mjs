import { Table } from 'typeorm';

export class Partners1700001000000 {
  async up(queryRunner) {
    await queryRunner.createTable(
      new Table({
        name: 'books.partner',
        columns: [
          { name: 'id', type: 'integer', isPrimary: true, isGenerated: true, generationStrategy: 'increment' },
          { name: 'name', type: 'varchar', length: '100' },
          { name: 'iban', type: 'varchar', length: '34', isNullable: true },
        ],
        uniques: [{ name: 'partner_name', columnNames: ['name'] }],
      }),
      true,
    );
    await queryRunner.query(`INSERT INTO "books"."partner" ("name", "iban") VALUES ($1, $2), ($3, NULL)`, ['Tax "office"', 'DE00 1234', 'Ünsal']);
  }

  async down(queryRunner) {
    await queryRunner.dropTable('books.partner');
  }
}
