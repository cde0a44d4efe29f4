export class Budget1700002400000 {
  async up(queryRunner) {
    await queryRunner.query(`
      CREATE TYPE books.quarter AS (year smallint, quarter smallint);
      CREATE DOMAIN books.money AS numeric(18, 2) DEFAULT 0 NOT NULL CONSTRAINT not_too_much CHECK (abs(VALUE) < 1e12);
      CREATE TABLE books.budget (account_id integer REFERENCES books.account (id), q books.quarter, amount books.money, notes text[3], UNIQUE (account_id, q));
      INSERT INTO books.budget SELECT id, (2023, 1)::books.quarter, 500, ARRAY['a, b', NULL, 'c'] FROM books.account WHERE parent_id IS NULL;
    `);
  }

  async down(queryRunner) {
    await queryRunner.query('DROP TABLE books.budget; DROP DOMAIN books.money; DROP TYPE books.quarter');
  }
}
