import { MigrationInterface, QueryRunner, TableColumn, TableIndex } from "typeorm";

export class CommandState1640000001300 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.startTransaction();
    try {
      await queryRunner.addColumn("command", new TableColumn({ name: "done", type: "boolean", default: false }));
      await queryRunner.manager.createQueryBuilder().update("command").set({ done: true }).where("device_id = :id", { id: 1 }).execute();
      await queryRunner.createIndex("command", new TableIndex({ name: "command_open", columnNames: ["device_id"], where: "NOT done" }));
      await queryRunner.commitTransaction();
    } catch (error) {
      await queryRunner.rollbackTransaction();
      throw error;
    }
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropIndex("command", "command_open");
    await queryRunner.dropColumn("command", "done");
  }
}
