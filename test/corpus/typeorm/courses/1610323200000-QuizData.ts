import { MigrationInterface, QueryRunner } from "typeorm";

export class QuizData1610323200000 implements MigrationInterface {
    name = 'QuizData1610323200000'

    public async up(queryRunner: QueryRunner): Promise<void> {
        const lessons: { id: number; position: string }[] = await queryRunner.query(`SELECT "id", "position" FROM "lesson" ORDER BY "position" LIMIT 3`);
        for (const lesson of lessons) {
            await queryRunner.query(`UPDATE "lesson" SET "kind" = 'quiz' WHERE "id" = $1`, [lesson.id]);
            const [question] = await queryRunner.query(`INSERT INTO "question" ("text", "type", "lessonId") VALUES ($1, $2, $3) RETURNING "id"`, [`What is ${lesson.position} + 1?`, 'single', lesson.id]);
            await queryRunner.query(`INSERT INTO "answer" ("text", "correct", "questionId") VALUES ($1, true, $2), ('I do not know', false, $2)`, [String(Number(lesson.position) + 1), question.id]);
        }
    }

    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(`DELETE FROM "question" WHERE "text" LIKE 'What is %'`);
        await queryRunner.query(`UPDATE "lesson" SET "kind" = 'text' WHERE "kind" = 'quiz'`);
    }

}
