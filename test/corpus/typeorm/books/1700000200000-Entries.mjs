export class Entries1700000200000 {
  async up(queryRunner) {
    await queryRunner.query(`
      CREATE SEQUENCE books.entry_number START 1000;
      CREATE TABLE books.entry (
        number bigint PRIMARY KEY DEFAULT nextval('books.entry_number'),
        day date NOT NULL,
        text text NOT NULL DEFAULT '',
        posted boolean NOT NULL DEFAULT false
      );
      ALTER SEQUENCE books.entry_number OWNED BY books.entry.number;
      CREATE TABLE books.line (
        entry bigint NOT NULL REFERENCES books.entry ON DELETE CASCADE,
        position smallint NOT NULL,
        account varchar(10) NOT NULL REFERENCES books.account ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE,
        amount numeric(14, 2) NOT NULL CHECK (amount <> 0),
        PRIMARY KEY (entry, position)
      );
      CREATE INDEX line_account ON books.line (account) INCLUDE (amount);
    `);
  }

  async down(queryRunner) {
    await queryRunner.query('DROP TABLE books.line, books.entry');
  }
}
