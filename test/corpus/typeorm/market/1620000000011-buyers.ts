import { MigrationInterface, QueryRunner, Table } from 'typeorm';

export class Buyers1620000000011 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    if (await queryRunner.hasTable('buyer')) {
      return;
    }
    await queryRunner.query('CREATE EXTENSION IF NOT EXISTS "uuid-ossp"');
    // The runner makes this table only for entities that need it, and we have none.
    await queryRunner.query(
      `CREATE TABLE IF NOT EXISTS "typeorm_metadata" ("type" varchar NOT NULL, "database" varchar, "schema" varchar, "table" varchar, "name" varchar, "value" text)`,
    );
    await queryRunner.createTable(
      new Table({
        name: 'buyer',
        columns: [
          { name: 'id', type: 'uuid', isPrimary: true, isGenerated: true, generationStrategy: 'uuid', default: 'uuid_generate_v4()' },
          { name: 'firstName', type: 'varchar', isNullable: true },
          { name: 'lastName', type: 'varchar', isNullable: true },
          { name: 'fullName', type: 'varchar', asExpression: `coalesce("firstName", '') || ' ' || coalesce("lastName", '')`, generatedType: 'STORED', isNullable: true },
          { name: 'birthday', type: 'date', isNullable: true },
          { name: 'balance', type: 'double precision', default: 0 },
          { name: 'avatar', type: 'bytea', isNullable: true },
          { name: 'location', type: 'point', isNullable: true },
          { name: 'active', type: 'tsrange', isNullable: true },
          { name: 'window', type: 'interval', isNullable: true },
        ],
        exclusions: [{ name: 'buyer_active', expression: 'USING gist ("active" WITH &&)' }],
      }),
    );
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('buyer');
    await queryRunner.query('DROP TABLE "typeorm_metadata"');
    await queryRunner.query('DROP EXTENSION "uuid-ossp"');
  }
}
