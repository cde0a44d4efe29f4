export class MoveTables1700002900000 {
  async up(queryRunner) {
    await queryRunner.query(`ALTER TABLE books.import_row SET SCHEMA archive`);
    const table = await queryRunner.getTable('archive.import_row');
    if (table.findColumnByName('done') === undefined) {
      await queryRunner.query(`ALTER TABLE archive.import_row ADD COLUMN IF NOT EXISTS done boolean GENERATED ALWAYS AS (amount IS NOT NULL) STORED`);
    }
    if (await queryRunner.hasColumn('archive.import_row', 'done')) {
      await queryRunner.query(`CREATE INDEX import_row_open ON archive.import_row (n) WHERE NOT done`);
    }
  }

  async down(queryRunner) {
    await queryRunner.query(`ALTER TABLE archive.import_row DROP COLUMN done`);
    await queryRunner.query(`ALTER TABLE archive.import_row SET SCHEMA books`);
  }
}
