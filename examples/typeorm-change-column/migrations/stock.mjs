import { changeCustomers } from '../change-customers.mjs';

export class ChangeCustomers1718000070000 {
  /** @param {import('typeorm').QueryRunner} queryRunner */
  async up(queryRunner) {
    await changeCustomers(queryRunner);
  }

  async down() {}
}
