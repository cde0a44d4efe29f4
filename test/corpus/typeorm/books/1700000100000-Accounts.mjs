export class Accounts1700000100000 {
  async up(queryRunner) {
    await queryRunner.query(`
      CREATE TABLE books.account (
        number varchar(10) PRIMARY KEY,
        title text NOT NULL,
        parent varchar(10) REFERENCES books.account (number),
        side char(1) NOT NULL DEFAULT 'D' CONSTRAINT account_side CHECK (side IN ('D', 'C'))
      )`);
    await queryRunner.query(`INSERT INTO books.account (number, title, parent) VALUES ('1', 'Assets', NULL), ('10', 'Cash', '1'), ('12', 'Bank', '1')`);
    await queryRunner.query(`INSERT INTO books.account VALUES ('2', 'Liabilities', NULL, 'C'), ('4', 'Income', NULL, 'C')`);
  }

  async down(queryRunner) {
    await queryRunner.query('DROP TABLE books.account');
  }
}
