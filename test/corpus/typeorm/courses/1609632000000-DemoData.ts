import { MigrationInterface, QueryRunner } from "typeorm";

export class DemoData1609632000000 implements MigrationInterface {

    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(
            `INSERT INTO "user" ("id", "email", "firstName", "lastName", "role", "createdAt", "updatedAt") VALUES ($1, $2, $3, $4, $5, $6, $6)`,
            ['11111111-1111-4111-8111-111111111111', 'ada@school.test', 'Ada', "O'Neill", 'teacher', '2021-01-01'],
        );
        await queryRunner.query(`INSERT INTO "user" ("id", "email", "firstName", "lastName", "createdAt", "updatedAt") VALUES ('22222222-2222-4222-8222-222222222222', 'bob@school.test', 'Bob', 'Stone', '2021-01-02', '2021-01-02'), ('33333333-3333-4333-8333-333333333333', 'cyd@school.test', 'Cyd', '', '2021-01-02', '2021-01-02')`);
        const [{ id }] = await queryRunner.query(`INSERT INTO "course" ("title", "tags", "teacherId") VALUES ('SQL; the good parts', '{sql,"data bases"}', '11111111-1111-4111-8111-111111111111') RETURNING "id"`);
        await queryRunner.query(`INSERT INTO "lesson" ("position", "title", "courseId", "content") SELECT n, 'Lesson ' || n, $1, jsonb_build_object('minutes', n * 5) FROM generate_series(1, 6) n`, [id]);
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`DELETE FROM "lesson"`);
        await queryRunner.query(`DELETE FROM "course"`);
        await queryRunner.query(`DELETE FROM "user" WHERE "email" LIKE '%@school.test'`);
    }

}
