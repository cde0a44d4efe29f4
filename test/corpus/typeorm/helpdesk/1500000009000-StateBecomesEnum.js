module.exports = class StateBecomesEnum1500000009000 {

    async up(queryRunner) {
        await queryRunner.query(`CREATE TYPE "ticket_state" AS ENUM ('open', 'pending', 'closed')`);
        await queryRunner.query(`ALTER TABLE "ticket" DROP CONSTRAINT "ticket_state_check"`);
        await queryRunner.query(`ALTER TABLE "ticket" ALTER "state" DROP DEFAULT`);
        await queryRunner.query(`ALTER TABLE "ticket" ALTER "state" TYPE "ticket_state" USING "state"::"ticket_state"`);
        await queryRunner.query(`ALTER TABLE "ticket" ALTER "state" SET DEFAULT 'open'`);
    }

    async down(queryRunner) {
        await queryRunner.query(`ALTER TABLE "ticket" ALTER "state" DROP DEFAULT, ALTER "state" TYPE text, ALTER "state" SET DEFAULT 'open'`);
        await queryRunner.query(`ALTER TABLE "ticket" ADD CHECK ("state" IN ('open', 'closed'))`);
        await queryRunner.query(`DROP TYPE "ticket_state"`);
    }
}
