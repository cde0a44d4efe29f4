import { MigrationInterface, QueryRunner, Table, TableColumn, TableForeignKey } from "typeorm";

export class Owners1640000002000 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createTable(
      new Table({
        name: "owner",
        columns: [
          { name: "id", type: "int", isPrimary: true, isGenerated: true, generationStrategy: "increment" },
          { name: "legalName", type: "varchar", length: "200" },
        ],
      }),
      true,
    );
    if (!(await queryRunner.hasColumn("fleet", "ownerId"))) {
      await queryRunner.addColumn("fleet", new TableColumn({ name: "ownerId", type: "int", isNullable: true }));
      await queryRunner.createForeignKey("fleet", new TableForeignKey({ columnNames: ["ownerId"], referencedTableName: "owner", referencedColumnNames: ["id"] }));
    }
    const fleets = await queryRunner.query(`SELECT id, name FROM fleet WHERE "ownerId" IS NULL ORDER BY id`);
    for (const fleet of fleets) {
      const [owner] = await queryRunner.query(`INSERT INTO owner ("legalName") VALUES ($1) RETURNING id`, [`Owner of ${fleet.name}`]);
      await queryRunner.query(`UPDATE fleet SET "ownerId" = $1 WHERE id = $2`, [owner.id, fleet.id]);
    }
    await queryRunner.query(`ALTER TABLE fleet ALTER COLUMN "ownerId" SET NOT NULL`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropColumn("fleet", "ownerId");
    await queryRunner.dropTable("owner");
  }
}
