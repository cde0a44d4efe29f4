import { MigrationInterface, QueryRunner, TableIndex } from 'typeorm';

export class OfferIndexes1620000000006 implements MigrationInterface {
  transaction = false;

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createIndices('offer', [
      new TableIndex({ name: 'IDX_OFFER_SELLER', columnNames: ['seller_id'] }),
      new TableIndex({ name: 'IDX_OFFER_LIVE', columnNames: ['price'], where: `"state" = 'live'` }),
      new TableIndex({ name: 'IDX_OFFER_TITLE', columnNames: ['seller_id', 'title'], isUnique: true }),
    ]);
    await queryRunner.query('CREATE INDEX CONCURRENTLY IF NOT EXISTS "IDX_OFFER_DETAILS" ON "offer" USING gin ("details")');
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX CONCURRENTLY "IDX_OFFER_DETAILS"');
    for (const name of ['IDX_OFFER_TITLE', 'IDX_OFFER_LIVE', 'IDX_OFFER_SELLER']) await queryRunner.dropIndex('offer', name);
  }
}
