export class PostFunction1700001400000 {
  async up(queryRunner) {
    await queryRunner.query(`
      CREATE OR REPLACE FUNCTION books.post(entry bigint) RETURNS boolean
      LANGUAGE sql SECURITY DEFINER SET search_path = books AS $$
        UPDATE books.entry SET posted = true WHERE number = $1 AND NOT posted RETURNING posted;
      $$`);
    await queryRunner.query('REVOKE EXECUTE ON FUNCTION books.post(bigint) FROM PUBLIC');
    await queryRunner.query('SELECT books.post(number) FROM books.entry WHERE day < $1', ['2023-02-01']);
    await queryRunner.query(`COMMENT ON FUNCTION books.post(bigint) IS 'there is no way back'`);
  }

  async down(queryRunner) {
    await queryRunner.query('UPDATE books.entry SET posted = false');
    await queryRunner.query('DROP FUNCTION books.post(bigint)');
  }
}
