module.exports = class Demo1500000002000 {

    async up(queryRunner) {
        await queryRunner.query(`INSERT INTO "agent" ("name", "mail", "skills") VALUES ('Ann; the first', 'ann@desk.test', '{mail,phone}'), ('Bo', 'bo@desk.test', '{chat}')`);
        await queryRunner.query(`INSERT INTO "customer" ("name", "vip") VALUES ($1, $2), ($3, $4)`, ['Ünal AG', true, "Bob's Diner", false]);
        for (let n = 1; n <= 9; n++) {
            await queryRunner.query(
                `INSERT INTO "ticket" ("subject", "state", "agentId", "customerId") VALUES ($1, $2, (SELECT "id" FROM "agent" WHERE "mail" = $3), (SELECT min("id") + $4 FROM "customer"))`,
                [`Problem ${n}: it doesn't; $1`, n % 3 ? 'open' : 'closed', n % 2 ? 'ann@desk.test' : null, n % 2],
            );
        }
    }

    async down(queryRunner) {
        await queryRunner.query(`DELETE FROM "ticket"`);
        await queryRunner.query(`DELETE FROM "customer"; DELETE FROM "agent";`);
    }
}
