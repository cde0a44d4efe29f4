import { MigrationInterface, QueryRunner } from 'typeorm';

export class FirstSellers1620000000003 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.manager
      .createQueryBuilder()
      .insert()
      .into('seller', ['name', 'email', 'rating'])
      .values([
        { name: 'Books, "used"', email: 'books@market.test', rating: 4.5 },
        { name: 'Lamps', email: 'lamps@market.test', rating: 3 },
      ])
      .execute();
    const sellers = await queryRunner.manager.query('SELECT id, name FROM seller ORDER BY id');
    for (const seller of sellers) {
      await queryRunner.query('INSERT INTO offer (seller_id, title, price, tags, details) VALUES ($1, $2, $3, $4, $5)', [
        seller.id,
        `Something of ${seller.name}`,
        10 * seller.id,
        ['used', 'rare, old'],
        { weight: { g: 100 * seller.id } },
      ]);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.manager.createQueryBuilder().delete().from('offer').execute();
    await queryRunner.manager.query(`DELETE FROM seller WHERE email LIKE '%@market.test'`);
  }
}
