import { MigrationInterface, QueryRunner } from 'typeorm';
import { View } from 'typeorm/schema-builder/view/View.js';

const plain = new View({
  name: 'seller_offers',
  expression: 'SELECT s.name, count(o.id) AS offers FROM seller s LEFT JOIN offer o ON o.seller_id = s.id GROUP BY s.id',
});
const stored = new View({ name: 'seller_offers', materialized: true, expression: 'SELECT s.id, s.name, s.sales FROM seller s' });

export class ExclusiveView1620000000030 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropView(plain, true);
    await queryRunner.createView(stored, true);
    await queryRunner.query('CREATE UNIQUE INDEX seller_offers_id ON seller_offers (id)');
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropView((await queryRunner.getView('seller_offers'))!, true);
    await queryRunner.createView(plain, true);
  }
}
