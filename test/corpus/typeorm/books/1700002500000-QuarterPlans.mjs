export class QuarterPlans1700002500000 {
  async up(queryRunner) {
    await queryRunner.query('ALTER TYPE books.quarter ADD ATTRIBUTE note text CASCADE');
    await queryRunner.query('ALTER DOMAIN books.money DROP CONSTRAINT not_too_much');
    await queryRunner.query('ALTER DOMAIN books.money ADD CONSTRAINT not_too_much CHECK (abs(VALUE) < 1e9) NOT VALID');
    await queryRunner.query('ALTER DOMAIN books.money VALIDATE CONSTRAINT not_too_much');
  }

  async down(queryRunner) {
    await queryRunner.query('ALTER DOMAIN books.money DROP CONSTRAINT not_too_much');
    await queryRunner.query('ALTER DOMAIN books.money ADD CONSTRAINT not_too_much CHECK (abs(VALUE) < 1e12)');
    await queryRunner.query('ALTER TYPE books.quarter DROP ATTRIBUTE note CASCADE');
  }
}
