import { MigrationInterface, QueryRunner } from 'typeorm';
import { View } from 'typeorm/schema-builder/view/View.js';

export class SellerView1620000000016 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createView(
      new View({ name: 'seller_offers', expression: 'SELECT s.name, count(o.id) AS offers FROM seller s LEFT JOIN offer o ON o.seller_id = s.id GROUP BY s.id' }),
      true,
    );
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropView('seller_offers', true);
  }
}
