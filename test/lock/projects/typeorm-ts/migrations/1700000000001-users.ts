import { type MigrationInterface, type QueryRunner, Table, TableIndex } from 'typeorm';

export class Users1700000000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createTable(
      new Table({
        name: 'users',
        columns: [
          { name: 'id', type: 'serial', isPrimary: true },
          { name: 'role', type: 'enum', enum: ['admin', 'user'], default: "'user'" },
        ],
      }),
    );
    await queryRunner.createIndex('users', new TableIndex({ name: 'users_role', columnNames: ['role'] }));
  }
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('users');
  }
}
