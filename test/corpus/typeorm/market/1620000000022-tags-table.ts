import { MigrationInterface, QueryRunner, Table } from 'typeorm';

// Reads the column that it drops.
export class TagsTable1620000000022 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createTable(
      new Table({
        name: 'tag',
        columns: [
          { name: 'offer_id', type: 'bigint', isPrimary: true },
          { name: 'tag', type: 'varchar', isPrimary: true },
        ],
        foreignKeys: [{ columnNames: ['offer_id'], referencedTableName: 'offer', referencedColumnNames: ['id'], onDelete: 'CASCADE' }],
      }),
    );
    const offers = await queryRunner.manager.createQueryBuilder().select(['id', 'tags']).from('offer', 'o').orderBy('id').getRawMany();
    for (const { id, tags } of offers) {
      for (const tag of tags) await queryRunner.manager.createQueryBuilder().insert().into('tag', ['offer_id', 'tag']).values({ offer_id: id, tag }).execute();
    }
    await queryRunner.dropColumn('offer', 'tags');
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "offer" ADD "tags" character varying array NOT NULL DEFAULT '{}'`);
    await queryRunner.query(`UPDATE "offer" o SET "tags" = (SELECT array_agg("tag" ORDER BY "tag" DESC) FROM "tag" t WHERE t."offer_id" = o."id") WHERE EXISTS (SELECT FROM "tag" t WHERE t."offer_id" = o."id")`);
    await queryRunner.dropTable('tag');
  }
}
