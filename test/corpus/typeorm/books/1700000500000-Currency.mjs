export class Currency1700000500000 {
  async up(queryRunner) {
    await queryRunner.query(`CREATE TYPE books.currency AS ENUM ('EUR', 'USD')`);
    await queryRunner.query(`ALTER TABLE books.line ADD COLUMN currency books.currency NOT NULL DEFAULT 'EUR', ADD COLUMN rate numeric(10, 6)`);
    await queryRunner.query(`UPDATE books.line SET rate = 1 WHERE currency = 'EUR'`);
    await queryRunner.query('SET CONSTRAINTS ALL IMMEDIATE');
    await queryRunner.query(`ALTER TABLE books.line ALTER COLUMN rate SET NOT NULL, ALTER rate SET DEFAULT 1.0, ADD CONSTRAINT line_rate CHECK (rate > 0)`);
  }

  async down(queryRunner) {
    await queryRunner.query('ALTER TABLE books.line DROP COLUMN rate, DROP COLUMN currency');
    await queryRunner.query('DROP TYPE books.currency');
  }
}
