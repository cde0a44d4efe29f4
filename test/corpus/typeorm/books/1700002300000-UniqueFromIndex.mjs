export class UniqueFromIndex1700002300000 {
  transaction = false;

  async up(queryRunner) {
    await queryRunner.query('CREATE UNIQUE INDEX CONCURRENTLY document_of_entry ON books.document (entry, file_name)');
    await queryRunner.startTransaction();
    await queryRunner.query(`SET LOCAL lock_timeout = '5s'`);
    await queryRunner.query('ALTER TABLE books.document ADD CONSTRAINT document_once UNIQUE USING INDEX document_of_entry');
    await queryRunner.commitTransaction();
  }

  async down(queryRunner) {
    await queryRunner.query('ALTER TABLE books.document DROP CONSTRAINT document_once');
  }
}
