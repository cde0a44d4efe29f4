/** With `@holdfast/knex/register` a migration of Knex knows the operations; checked by `npm run check:packages`, with the packages as their users get them. */
import '@holdfast/knex/register';
import { guarded } from '@holdfast/knex';
import type { Knex } from 'knex';

export const { up, down } = guarded({
  async up(knex: Knex) {
    const outcome = await knex.schema.safeAddColumn('users', (t) => t.string('email', 100).notNullable().defaultTo(''));
    outcome.status satisfies string;
    await knex.schema.withSchema('app').safeDropColumn('users', 'email');
    // @ts-expect-error: a definition is a callback
    await knex.schema.safeAddColumn('users', 'email', 1);
    // @ts-expect-error: no operation of that name
    await knex.schema.safeAddColum('users', (t) => t.string('email'));
  },
  async down(knex: Knex) {
    await knex.schema.safeDropColumn('users', 'email');
  },
});
