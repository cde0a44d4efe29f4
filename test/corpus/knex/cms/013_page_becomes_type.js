exports.up = async function (knex) {
  await knex.schema.alterTable('posts', (table) => {
    table.enu('type', ['post', 'page']).notNullable().defaultTo('post');
  });
  await knex('posts').where('page', true).update({ type: 'page' });
  await knex.schema.alterTable('posts', (table) => {
    table.dropColumn('page');
    table.index(['type', 'status'], 'posts_type_status');
  });
};

exports.down = async function (knex) {
  await knex.schema.alterTable('posts', (table) => {
    table.boolean('page').notNullable().defaultTo(false);
    table.dropIndex(['type', 'status'], 'posts_type_status');
  });
  await knex('posts').where('type', 'page').update('page', true);
  await knex.schema.alterTable('posts', (table) => table.dropColumn('type'));
};
