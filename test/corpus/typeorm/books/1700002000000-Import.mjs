export class Import1700002000000 {
  async up(queryRunner) {
    await queryRunner.query(`
      CREATE TABLE books.import (id serial PRIMARY KEY, token uuid NOT NULL DEFAULT gen_random_uuid(), rows jsonb NOT NULL, took interval);
      CREATE TEMPORARY TABLE incoming (n integer, amount text) ON COMMIT DROP;
      INSERT INTO incoming SELECT n, n || '.50' FROM generate_series(1, 3) n;
      INSERT INTO books.import (rows) SELECT jsonb_agg(to_jsonb(i) ORDER BY n) FROM incoming i;
    `);
  }

  async down(queryRunner) {
    await queryRunner.query('DROP TABLE books.import');
  }
}
