// Codes become keys of integers: new tables beside the old ones.
export class AccountTree1700001700000 {
  async up(queryRunner) {
    await queryRunner.query(`CREATE TABLE books.account_new (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number varchar(20) NOT NULL, title text NOT NULL, parent_id integer REFERENCES books.account_new, side char(1) NOT NULL DEFAULT 'D', path integer[] NOT NULL DEFAULT '{}')`);
    await queryRunner.query(`INSERT INTO books.account_new (number, title, side) SELECT number, title, side FROM books.account ORDER BY number`);
    await queryRunner.query(`UPDATE books.account_new n SET parent_id = p.id, path = ARRAY[p.id] FROM books.account o JOIN books.account_new p ON p.number = o.parent WHERE o.number = n.number`);
    await queryRunner.query(`ALTER TABLE books.line DROP CONSTRAINT line_account_fkey`);
    await queryRunner.query(`DROP TABLE books.account`);
    await queryRunner.query(`ALTER TABLE books.account_new RENAME TO account`);
    await queryRunner.query(`ALTER TABLE books.account ADD CONSTRAINT account_number UNIQUE (number), ADD CONSTRAINT account_side CHECK (side IN ('D', 'C'))`);
    await queryRunner.query(`ALTER TABLE books.line ADD CONSTRAINT line_account_fkey FOREIGN KEY (account) REFERENCES books.account (number) ON UPDATE CASCADE`);
  }

  async down(queryRunner) {
    await queryRunner.query(`ALTER TABLE books.line DROP CONSTRAINT line_account_fkey`);
    await queryRunner.query(`CREATE TABLE books.account_old (number varchar(20) PRIMARY KEY, title text NOT NULL, parent varchar(20) REFERENCES books.account_old (number), side char(1) NOT NULL DEFAULT 'D' CONSTRAINT account_side CHECK (side IN ('D', 'C')))`);
    await queryRunner.query(`INSERT INTO books.account_old SELECT n.number, n.title, p.number, n.side FROM books.account n LEFT JOIN books.account p ON p.id = n.parent_id ORDER BY n.number`);
    await queryRunner.query(`DROP TABLE books.account`);
    await queryRunner.query(`ALTER TABLE books.account_old RENAME TO account`);
    await queryRunner.query(`ALTER TABLE books.line ADD CONSTRAINT line_account_fkey FOREIGN KEY (account) REFERENCES books.account ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE`);
    await queryRunner.query(`GRANT SELECT ON books.account TO PUBLIC`);
  }
}
