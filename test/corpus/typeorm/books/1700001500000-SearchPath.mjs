export class SearchPath1700001500000 {
  async up(queryRunner) {
    await queryRunner.query(`SET LOCAL search_path = books`);
    await queryRunner.query(`CREATE TABLE period (month date PRIMARY KEY CHECK (extract(day FROM month) = 1), closed boolean NOT NULL DEFAULT false)`);
    await queryRunner.query(`INSERT INTO period (month) SELECT DISTINCT date_trunc('month', day)::date FROM entry`);
    await queryRunner.query(`SET LOCAL search_path = public`);
  }

  async down(queryRunner) {
    await queryRunner.query(`DROP TABLE books.period`);
  }
}
