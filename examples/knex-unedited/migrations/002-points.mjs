export const config = { transaction: false };

/** @param {import('knex').Knex} knex */
export async function up(knex) {
  await knex.schema.alterTable('members', (table) => {
    table.integer('points').notNullable().defaultTo(0);
  });
  await knex('members').increment('points', 10);
  await knex.schema.alterTable('visits', (table) => {
    table.integer('points').notNullable().defaultTo(0);
  });
  await knex.raw('INSERT INTO visits (member_id, points) SELECT id, points FROM members');
  await knex.raw('CREATE INDEX CONCURRENTLY visits_member ON visits (member_id)');
}

/** @param {import('knex').Knex} knex */
export async function down(knex) {
  await knex.raw('DROP INDEX CONCURRENTLY visits_member');
  await knex.schema.alterTable('visits', (table) => {
    table.dropColumn('points');
  });
  await knex.schema.alterTable('members', (table) => {
    table.dropColumn('points');
  });
}
