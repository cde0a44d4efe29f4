export class TaxOnLines1700002700000 {
  async up(queryRunner) {
    await queryRunner.query('ALTER TABLE books.line DISABLE TRIGGER balanced');
    await queryRunner.query(`ALTER TABLE books.line ADD COLUMN tax numeric(4, 3)`);
    await queryRunner.query(`UPDATE books.line l SET tax = t.rate FROM books.tax t, books.entry e WHERE e.number = l.entry AND t.code = 'low' AND e.day <@ t.valid AND l.account = '4'`);
    await queryRunner.query('ALTER TABLE books.line ENABLE ALWAYS TRIGGER balanced');
  }

  async down(queryRunner) {
    await queryRunner.query('ALTER TABLE books.line ENABLE TRIGGER balanced');
    await queryRunner.query('ALTER TABLE books.line DROP COLUMN tax');
  }
}
