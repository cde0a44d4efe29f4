import { MigrationInterface, QueryRunner, TableColumn } from 'typeorm';

export class CommentsAndDefaults1620000000021 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.changeTableComment('seller', "who sells; it's not the shop");
    await queryRunner.changeColumns('seller', [
      {
        oldColumn: new TableColumn({ name: 'verified', type: 'boolean', default: false }),
        newColumn: new TableColumn({ name: 'verified', type: 'boolean', default: true, comment: 'by a letter' }),
      },
    ]);
    await queryRunner.query(`ALTER TABLE "seller" ALTER COLUMN "country" DROP DEFAULT`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "seller" ALTER COLUMN "country" SET DEFAULT 'DE'`);
    await queryRunner.query(`COMMENT ON COLUMN "seller"."verified" IS NULL`);
    await queryRunner.query(`ALTER TABLE "seller" ALTER COLUMN "verified" SET DEFAULT false`);
    await queryRunner.changeTableComment('seller', undefined);
  }
}
