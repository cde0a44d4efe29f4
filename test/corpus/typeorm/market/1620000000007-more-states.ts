import { MigrationInterface, QueryRunner, TableColumn, TableIndex } from 'typeorm';

const column = (values: string[]) =>
  new TableColumn({ name: 'state', type: 'enum', enum: values, enumName: 'offer_state', default: "'draft'" });

// The partial index stands in the way of the new type.
const live = new TableIndex({ name: 'IDX_OFFER_LIVE', columnNames: ['price'], where: `"state" = 'live'` });

export class MoreStates1620000000007 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropIndex('offer', live.name!);
    await queryRunner.changeColumn('offer', 'state', column(['draft', 'live', 'reserved', 'sold']));
    await queryRunner.createIndex('offer', live);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`UPDATE "offer" SET "state" = 'live' WHERE "state" = 'reserved'`);
    await queryRunner.dropIndex('offer', live.name!);
    await queryRunner.changeColumn('offer', 'state', column(['draft', 'live', 'sold']));
    await queryRunner.createIndex('offer', live);
  }
}
