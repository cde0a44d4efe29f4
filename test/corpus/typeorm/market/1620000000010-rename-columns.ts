import { MigrationInterface, QueryRunner } from 'typeorm';

export class RenameColumns1620000000010 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.renameColumn('seller', 'rating', 'stars');
    await queryRunner.renameColumn('seller', 'email', 'mail');
    await queryRunner.renameColumn('offer', 'details', 'attributes');
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.renameColumn('offer', 'attributes', 'details');
    await queryRunner.renameColumn('seller', 'mail', 'email');
    await queryRunner.renameColumn('seller', 'stars', 'rating');
  }
}
