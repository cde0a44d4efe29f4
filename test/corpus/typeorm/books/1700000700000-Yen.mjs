export class Yen1700000700000 {
  transaction = false;

  async up(queryRunner) {
    await queryRunner.query(`ALTER TYPE books.currency ADD VALUE 'JPY' BEFORE 'GBP'`);
    await queryRunner.query(`INSERT INTO books.account SELECT '13', 'Bank in JPY', '1' WHERE NOT EXISTS (SELECT FROM books.account WHERE number = '13')`);
  }

  async down(queryRunner) {
    await queryRunner.query(`DELETE FROM books.account WHERE number = '13'`);
  }
}
