import { MigrationInterface, QueryRunner } from 'typeorm';

export class AuditedChange1620000000018 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    const result = await queryRunner.query(`UPDATE "offer" SET "price" = round("price" * 1.19, 2) WHERE "state" <> 'sold' RETURNING "id"`);
    const [rows] = Array.isArray(result[0]) ? result : [result];
    for (const { id } of [...rows].sort((a: { id: string }, b: { id: string }) => Number(a.id) - Number(b.id))) {
      await queryRunner.query('INSERT INTO "audit"."entry" ("what", "kind") VALUES ($1, $2)', [`price of ${id}`, 'change']);
    }
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`UPDATE "offer" SET "price" = round("price" / 1.19, 2) WHERE "state" <> 'sold'`);
    await queryRunner.query(`DELETE FROM "audit"."entry" WHERE "kind" = 'change'`);
  }
}
