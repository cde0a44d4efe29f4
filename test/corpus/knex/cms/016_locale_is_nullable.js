exports.up = async function (knex) {
  await knex.schema.alterTable('posts', (table) => {
    table.string('locale', 6).nullable().alter();
  });
  await knex('posts').where('locale', 'en_US').update({ locale: null });
};

exports.down = async function (knex) {
  await knex('posts').whereNull('locale').update({ locale: 'en_US' });
  await knex.schema.alterTable('posts', (table) => {
    table.string('locale', 6).notNullable().defaultTo('en_US').alter();
  });
};
