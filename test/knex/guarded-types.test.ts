/** Types of `guarded`: the compiler is the test; what is written here only has to run. */
import { guarded } from '@holdfast/knex';
import type { Knex } from 'knex';
import { expect, expectTypeOf, test } from 'vitest';

test('the parameter of a body has a type, also where its functions are taken out at once', () => {
  const { up, down, config } = guarded({
    config: { transaction: false },
    async up(knex) {
      expectTypeOf(knex).toEqualTypeOf<Knex>();
      await knex.raw('SELECT 1');
    },
    down: (knex) => knex.raw('SELECT 1'),
  });
  expectTypeOf(up).parameter(0).toEqualTypeOf<Knex>();
  expect([typeof up, typeof down, config]).toEqual(['function', 'function', { transaction: false }]);
  const whole = guarded({ up: (knex: Knex) => knex.raw('SELECT 1') });
  expectTypeOf(whole).toEqualTypeOf<{ up: (knex: Knex) => Knex.Raw }>();
});
