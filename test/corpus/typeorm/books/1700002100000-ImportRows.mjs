// Reads the document, writes row by row, and drops what it has read.
export class ImportRows1700002100000 {
  async up(queryRunner) {
    await queryRunner.query(`CREATE TABLE books.import_row (import_id integer NOT NULL REFERENCES books.import ON DELETE CASCADE, n integer NOT NULL, amount numeric(18, 4), PRIMARY KEY (import_id, n))`);
    const imports = await queryRunner.query('SELECT id, rows FROM books.import ORDER BY id');
    for (const { id, rows } of imports) {
      for (const { n, amount } of rows) {
        await queryRunner.query('INSERT INTO books.import_row VALUES ($1, $2, $3::numeric)', [id, n, amount]);
      }
    }
    await queryRunner.query('ALTER TABLE books.import DROP COLUMN rows');
  }

  async down(queryRunner) {
    await queryRunner.query(`ALTER TABLE books.import ADD COLUMN rows jsonb NOT NULL DEFAULT '[]'`);
    await queryRunner.query(`UPDATE books.import i SET rows = (SELECT jsonb_agg(jsonb_build_object('n', n, 'amount', amount::text)) FROM books.import_row r WHERE r.import_id = i.id)`);
    await queryRunner.query('ALTER TABLE books.import ALTER rows DROP DEFAULT');
    await queryRunner.query('DROP TABLE books.import_row');
  }
}
