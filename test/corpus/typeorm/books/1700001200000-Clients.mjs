export class Clients1700001200000 {
  async up(queryRunner) {
    await queryRunner.query(`
      CREATE TABLE books.client (id smallint PRIMARY KEY, name text NOT NULL);
      INSERT INTO books.client VALUES (1, 'One'), (2, 'Two');
      ALTER TABLE books.entry ADD COLUMN client_id smallint;
      UPDATE books.entry SET client_id = 1;
      ALTER TABLE books.entry ALTER COLUMN client_id SET NOT NULL, ADD CONSTRAINT entry_client FOREIGN KEY (client_id) REFERENCES books.client;
      ALTER TABLE books.entry ENABLE ROW LEVEL SECURITY;
      CREATE POLICY entry_of_client ON books.entry USING (client_id::text = current_setting('books.client', true));
      CREATE POLICY "read all" ON books.entry FOR SELECT TO CURRENT_USER USING (true);
    `);
  }

  async down(queryRunner) {
    await queryRunner.query(`
      DROP POLICY "read all" ON books.entry;
      DROP POLICY entry_of_client ON books.entry;
      ALTER TABLE books.entry DISABLE ROW LEVEL SECURITY;
      ALTER TABLE books.entry DROP COLUMN client_id;
      DROP TABLE books.client;
    `);
  }
}
