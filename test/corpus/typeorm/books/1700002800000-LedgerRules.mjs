export class LedgerRules1700002800000 {
  async up(queryRunner) {
    await queryRunner.query(`CREATE RULE no_change AS ON UPDATE TO archive.entry DO INSTEAD NOTHING`);
    await queryRunner.query(`COMMENT ON RULE no_change ON archive.entry IS 'what is archived stays'`);
    await queryRunner.query(`COMMENT ON CONSTRAINT line_rate ON books.line IS 'in EUR'`);
    await queryRunner.query(`COMMENT ON TRIGGER balanced ON books.line IS 'at commit'`);
    await queryRunner.query(`COMMENT ON POLICY entry_of_client ON books.entry IS 'set books.client'`);
    await queryRunner.query(`COMMENT ON TYPE books.currency IS 'ISO 4217'`);
    await queryRunner.query(`COMMENT ON SEQUENCE books.entry_number IS 'no gaps, please'`);
  }

  async down(queryRunner) {
    await queryRunner.query(`COMMENT ON TYPE books.currency IS NULL`);
    await queryRunner.query(`COMMENT ON POLICY entry_of_client ON books.entry IS NULL; COMMENT ON TRIGGER balanced ON books.line IS NULL`);
    await queryRunner.query(`COMMENT ON CONSTRAINT line_rate ON books.line IS NULL; COMMENT ON SEQUENCE books.entry_number IS NULL`);
    await queryRunner.query(`DROP RULE no_change ON archive.entry`);
  }
}
