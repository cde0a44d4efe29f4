export class OnlineIndexes1700002200000 {
  transaction = false;

  async up(queryRunner) {
    await queryRunner.query('CREATE INDEX CONCURRENTLY IF NOT EXISTS entry_day ON books.entry USING brin (day) WITH (autosummarize = on)');
    await queryRunner.query(`CREATE INDEX CONCURRENTLY entry_text ON books.entry (lower(text) text_pattern_ops) WHERE posted`);
    await queryRunner.query('REINDEX INDEX CONCURRENTLY books.line_account');
  }

  async down(queryRunner) {
    await queryRunner.query('DROP INDEX CONCURRENTLY books.entry_text');
    await queryRunner.query('DROP INDEX CONCURRENTLY IF EXISTS books.entry_day');
  }
}
