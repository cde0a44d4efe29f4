import { MigrationInterface, QueryRunner, TableColumn, TableForeignKey } from 'typeorm';

export class SellerReference1620000000015 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.addColumn('offer', new TableColumn({ name: 'seller', type: 'uuid', isNullable: true }));
    await queryRunner.query('UPDATE offer SET seller = s.public_id FROM seller s WHERE s.id = offer.seller_id');
    await queryRunner.query('ALTER TABLE offer ALTER seller SET NOT NULL');
    await queryRunner.createForeignKey(
      'offer',
      new TableForeignKey({ name: 'offer_seller', columnNames: ['seller'], referencedTableName: 'seller', referencedColumnNames: ['public_id'] }),
    );
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropForeignKey('offer', 'offer_seller');
    await queryRunner.dropColumn('offer', 'seller');
  }
}
