export class Balances1700000800000 {
  async up(queryRunner) {
    await queryRunner.query(`CREATE VIEW books.balance AS SELECT account, sum(amount * rate) AS balance FROM books.line GROUP BY account`);
    await queryRunner.query(`CREATE MATERIALIZED VIEW books.month_balance AS SELECT date_trunc('month', e.day)::date AS month, l.account, sum(l.amount) AS amount FROM books.line l JOIN books.entry e ON e.number = l.entry GROUP BY 1, 2`);
    await queryRunner.query(`CREATE UNIQUE INDEX month_balance_key ON books.month_balance (month, account)`);
    await queryRunner.query(`ALTER VIEW books.balance SET (security_barrier = true)`);
  }

  async down(queryRunner) {
    await queryRunner.query(`DROP MATERIALIZED VIEW books.month_balance`);
    await queryRunner.query(`DROP VIEW books.balance`);
  }
}
