export class CloseYear1700003000000 {
  async up(queryRunner) {
    const open = await queryRunner.query(`SELECT month FROM books.period WHERE NOT closed ORDER BY month`);
    if (open.length === 0) return;
    await queryRunner.query(`UPDATE books.period SET closed = true WHERE month < $1`, ['2023-02-01']);
    await queryRunner.query(`DELETE FROM books.partner p WHERE NOT EXISTS (SELECT FROM books.entry e WHERE e.partner_id = p.id)`);
    await queryRunner.query(`REFRESH MATERIALIZED VIEW books.month_balance`);
  }

  async down(queryRunner) {
    await queryRunner.query(`UPDATE books.period SET closed = false`);
  }
}
