exports.up = function (knex) {
  return knex.schema.alterTable('posts', (table) => {
    table.renameColumn('image', 'feature_image');
    table.renameColumn('language', 'locale');
  });
};

exports.down = function (knex) {
  return knex.schema.alterTable('posts', (table) => {
    table.renameColumn('feature_image', 'image');
    table.renameColumn('locale', 'language');
  });
};
