export class LowerCaseDocument1700001900000 {
  async up(queryRunner) {
    await queryRunner.query(`ALTER TABLE books."Document" RENAME TO document`);
    await queryRunner.query(`ALTER TABLE books.document RENAME "Id" TO id; ALTER TABLE books.document RENAME COLUMN "File Name" TO file_name;`);
    await queryRunner.query(`ALTER INDEX books."Document_pkey" RENAME TO document_pkey`);
    await queryRunner.query(`ALTER TABLE books.document RENAME CONSTRAINT "Document_entry_fkey" TO document_entry`);
  }

  async down(queryRunner) {
    await queryRunner.query(`ALTER TABLE books.document RENAME CONSTRAINT document_entry TO "Document_entry_fkey"`);
    await queryRunner.query(`ALTER INDEX books.document_pkey RENAME TO "Document_pkey"`);
    await queryRunner.query(`ALTER TABLE books.document RENAME id TO "Id"; ALTER TABLE books.document RENAME COLUMN file_name TO "File Name";`);
    await queryRunner.query(`ALTER TABLE books.document RENAME TO "Document"`);
  }
}
