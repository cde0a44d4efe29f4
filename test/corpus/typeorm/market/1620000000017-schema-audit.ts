import { MigrationInterface, QueryRunner, Table } from 'typeorm';

export class SchemaAudit1620000000017 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createSchema('audit', true);
    await queryRunner.createTable(
      new Table({
        schema: 'audit',
        name: 'entry',
        columns: [
          { name: 'id', type: 'bigint', isPrimary: true, isGenerated: true, generationStrategy: 'increment' },
          { name: 'what', type: 'text' },
          { name: 'kind', type: 'enum', enum: ['info', 'change'], default: "'info'" },
          { name: 'where', type: 'inet', isNullable: true },
        ],
        indices: [{ columnNames: ['what'] }],
      }),
    );
    await queryRunner.query(`INSERT INTO "audit"."entry" ("what") VALUES ('the audit begins')`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('audit.entry');
    await queryRunner.dropSchema('audit', true, true);
  }
}
