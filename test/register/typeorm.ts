/** With `@holdfast/typeorm/register` a migration of TypeORM knows the operations; checked by `npm run check:packages`, with the packages as their users get them. */
import '@holdfast/typeorm/register';
import { Guarded } from '@holdfast/typeorm';
import { type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';

@Guarded()
export class AddEmail1700000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const outcome = await queryRunner.safeAddColumn('users', new TableColumn({ name: 'email', type: 'text' }));
    outcome.status satisfies string;
    // @ts-expect-error: no operation of that name
    await queryRunner.safeAddColum('users', new TableColumn({ name: 'email', type: 'text' }));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.safeDropColumn('users', 'email');
  }
}
