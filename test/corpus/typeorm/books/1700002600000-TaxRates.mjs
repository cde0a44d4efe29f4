export class TaxRates1700002600000 {
  async up(queryRunner) {
    await queryRunner.query(`CREATE TABLE books.tax (code text, valid daterange, rate numeric(4, 3) NOT NULL) PARTITION BY LIST (code)`);
    await queryRunner.query(`CREATE TABLE books.tax_full PARTITION OF books.tax (CHECK (rate > 0.1)) FOR VALUES IN ('full', 'FULL')`);
    await queryRunner.query(`CREATE TABLE books.tax_other PARTITION OF books.tax DEFAULT`);
    await queryRunner.query(`ALTER TABLE books.tax ADD CONSTRAINT tax_pk PRIMARY KEY (code, valid)`);
    const values = [['full', '[2007-01-01,2020-07-01)', 0.19], ['full', '[2020-07-01,2021-01-01)', 0.16], ['low', '[2007-01-01,)', 0.07]];
    await Promise.all(values.map((row) => queryRunner.query('INSERT INTO books.tax VALUES ($1, $2, $3)', row)));
  }

  async down(queryRunner) {
    await queryRunner.query('DROP TABLE books.tax CASCADE');
  }
}
