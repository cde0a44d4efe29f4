// The views depend on the columns.
export class WiderNumbers1700000900000 {
  async up(queryRunner) {
    await this.change(queryRunner, 'varchar(20)', 'numeric(18, 4)');
  }

  async down(queryRunner) {
    await this.change(queryRunner, 'varchar(10)', 'numeric(14, 2)');
  }

  async change(queryRunner, number, amount) {
    await queryRunner.query(`DROP MATERIALIZED VIEW books.month_balance`);
    await queryRunner.query(`DROP VIEW books.balance`);
    await queryRunner.query(`ALTER TABLE books.account ALTER number TYPE ${number}, ALTER parent TYPE ${number}`);
    await queryRunner.query(`ALTER TABLE books.line ALTER account TYPE ${number}, ALTER amount TYPE ${amount}`);
    await queryRunner.query(`CREATE VIEW books.balance WITH (security_barrier = true) AS SELECT account, sum(amount * rate) AS balance FROM books.line GROUP BY account`);
    await queryRunner.query(`CREATE MATERIALIZED VIEW books.month_balance AS SELECT date_trunc('month', e.day)::date AS month, l.account, sum(l.amount) AS amount FROM books.line l JOIN books.entry e ON e.number = l.entry GROUP BY 1, 2`);
    await queryRunner.query(`CREATE UNIQUE INDEX month_balance_key ON books.month_balance (month, account)`);
  }
}
