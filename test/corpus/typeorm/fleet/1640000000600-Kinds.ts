import { MigrationInterface, QueryRunner, Table } from "typeorm";

const kinds: [number, string, string | null][] = [
  [0, "temperature", "°C"],
  [1, "humidity", "%"],
  [2, "door", null],
];

export class Kinds1640000000600 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    const table = await queryRunner.getTable("kind");
    if (!table) {
      await queryRunner.createTable(
        new Table({
          name: "kind",
          columns: [
            { name: "id", type: "smallint", isPrimary: true },
            { name: "name", type: "varchar", length: "30", isUnique: true },
            { name: "unit", type: "varchar", isNullable: true },
          ],
        }),
      );
    }
    for (const kind of kinds) {
      await queryRunner.query(`INSERT INTO kind (id, name, unit) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET unit = EXCLUDED.unit`, kind);
    }
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable("kind");
  }
}
