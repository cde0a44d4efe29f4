import { MigrationInterface, QueryRunner, TableColumn } from 'typeorm';

export class PublicIds1620000000005 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    const sellers: { id: number }[] = await queryRunner.query('SELECT id FROM seller WHERE public_id IS NULL ORDER BY id');
    await Promise.all(
      sellers.map(({ id }) =>
        queryRunner.query('UPDATE seller SET public_id = $1 WHERE id = $2', [`00000000-0000-4000-8000-${String(id).padStart(12, '0')}`, id]),
      ),
    );
    const table = await queryRunner.getTable('seller');
    const column = table!.findColumnByName('public_id')!;
    const changed = column.clone();
    changed.isNullable = false;
    await queryRunner.changeColumn('seller', column, changed);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.changeColumn('seller', 'public_id', new TableColumn({ name: 'public_id', type: 'uuid', isNullable: true, isUnique: true }));
    await queryRunner.query('UPDATE seller SET public_id = NULL');
  }
}
