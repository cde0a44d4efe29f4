export class Documents1700001800000 {
  async up(queryRunner) {
    await queryRunner.query(`CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA public`);
    await queryRunner.query(`CREATE TABLE books."Document" ("Id" uuid PRIMARY KEY DEFAULT public.gen_random_uuid(), "File Name" text NOT NULL, "hash" bytea GENERATED ALWAYS AS (decode(md5("File Name"), 'hex')) STORED, "entry" bigint REFERENCES books.entry ON DELETE CASCADE)`);
    await queryRunner.query(`INSERT INTO books."Document" ("Id", "File Name", "entry") SELECT ('00000000-0000-4000-8000-' || lpad(number::text, 12, '0'))::uuid, 'Beleg Nr. ' || number || '.pdf', number FROM books.entry`);
    await queryRunner.query(`CREATE INDEX "Documents by hash" ON books."Document" USING hash ("hash")`);
  }

  async down(queryRunner) {
    await queryRunner.query(`DROP TABLE books."Document"`);
    await queryRunner.query(`DROP EXTENSION pgcrypto`);
  }
}
