export class Grants1700001300000 {
  async up(queryRunner) {
    await queryRunner.query('GRANT USAGE ON SCHEMA books TO PUBLIC');
    await queryRunner.query('GRANT SELECT ON books.account, books.balance TO PUBLIC');
  }

  async down(queryRunner) {
    await queryRunner.query('REVOKE ALL ON books.account, books.balance FROM PUBLIC');
    await queryRunner.query('REVOKE USAGE ON SCHEMA books FROM PUBLIC');
  }
}
