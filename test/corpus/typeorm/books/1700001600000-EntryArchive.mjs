export class EntryArchive1700001600000 {
  async up(queryRunner) {
    await queryRunner.createSchema('archive', true);
    await queryRunner.query(`CREATE TABLE archive.entry (LIKE books.entry INCLUDING DEFAULTS INCLUDING COMMENTS, archived_on date NOT NULL DEFAULT '2024-01-01')`);
    await queryRunner.query(`ALTER TABLE archive.entry ALTER COLUMN number DROP DEFAULT`);
    await queryRunner.query(`INSERT INTO archive.entry SELECT * FROM books.entry WHERE day < '2023-01-05'`);
  }

  async down(queryRunner) {
    await queryRunner.query(`DROP TABLE archive.entry`);
    await queryRunner.dropSchema('archive');
  }
}
