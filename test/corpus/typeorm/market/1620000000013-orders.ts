import { MigrationInterface, QueryRunner, Table, TableCheck, TableUnique } from 'typeorm';

export class Orders1620000000013 implements MigrationInterface {
  name = 'Orders1620000000013';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createTable(
      new Table({
        name: 'order',
        columns: [
          { name: 'id', type: 'bigint', isPrimary: true, isGenerated: true, generationStrategy: 'identity', generatedIdentity: 'BY DEFAULT' } as never,
          { name: 'buyer_id', type: 'uuid' },
          { name: 'offer_id', type: 'bigint' },
          { name: 'amount', type: 'int', default: 1 },
          { name: 'placed', type: 'timestamp', precision: 3, default: "'2021-05-01 00:00:00'" },
        ],
        foreignKeys: [
          { name: 'order_buyer', columnNames: ['buyer_id'], referencedTableName: 'buyer', referencedColumnNames: ['id'], onDelete: 'RESTRICT' },
          { name: 'order_offer', columnNames: ['offer_id'], referencedTableName: 'offer', referencedColumnNames: ['id'], onDelete: 'NO ACTION' },
        ],
      }),
    );
    await queryRunner.createCheckConstraint('order', new TableCheck({ name: 'order_amount', expression: '"amount" BETWEEN 1 AND 99' }));
    await queryRunner.createUniqueConstraint('order', new TableUnique({ name: 'order_once', columnNames: ['buyer_id', 'offer_id'] }));
    await queryRunner.query(
      `INSERT INTO "order" ("buyer_id", "offer_id") SELECT b."id", o."id" FROM "buyer" b CROSS JOIN "offer" o ORDER BY b."id", o."id"`,
    );
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropUniqueConstraint('order', 'order_once');
    await queryRunner.dropCheckConstraint('order', 'order_amount');
    await queryRunner.dropTable('order');
  }
}
