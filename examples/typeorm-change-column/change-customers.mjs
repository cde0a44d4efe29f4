import { TableColumn } from 'typeorm';

/**
 * The body of the migration, in TypeORM's own words: a longer name, and a credit that no longer fits into an integer.
 * @param {import('typeorm').QueryRunner} queryRunner
 */
export async function changeCustomers(queryRunner) {
  const name = new TableColumn({ name: 'name', type: 'varchar', length: '20', isNullable: true });
  const longer = new TableColumn({ name: 'name', type: 'varchar', length: '60', isNullable: true });
  await queryRunner.changeColumn('customers', name, longer);

  const credit = new TableColumn({ name: 'credit', type: 'integer', isNullable: true });
  const cents = new TableColumn({ name: 'credit_cents', type: 'bigint', isNullable: true });
  await queryRunner.changeColumn('customers', credit, cents);
}
