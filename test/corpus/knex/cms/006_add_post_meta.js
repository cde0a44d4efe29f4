exports.up = (knex) =>
  knex.schema.alterTable('posts', (table) => {
    table.string('meta_title', 2000);
    table.string('meta_description', 2000);
    table.string('language', 6).notNullable().defaultTo('en_US');
    table.text('image');
  });

exports.down = (knex) =>
  knex.schema.alterTable('posts', (table) => {
    table.dropColumns('meta_title', 'meta_description', 'language', 'image');
  });
