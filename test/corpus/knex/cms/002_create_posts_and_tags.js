exports.up = function (knex) {
  return knex.schema
    .createTable('posts', (table) => {
      table.increments();
      table.uuid('uuid').notNullable();
      table.string('title', 2000).notNullable();
      table.string('slug', 191).notNullable().unique();
      table.text('markdown');
      table.text('html');
      table.boolean('featured').notNullable().defaultTo(false);
      table.boolean('page').notNullable().defaultTo(false);
      table.string('status', 50).notNullable().defaultTo('draft');
      table.integer('author_id').unsigned().notNullable().references('id').inTable('users');
      table.timestamp('published_at').nullable();
      table.timestamps();
      table.index(['status', 'published_at'], 'posts_status_published_at_index');
    })
    .createTable('tags', (table) => {
      table.increments();
      table.string('name', 191).notNullable();
      table.string('slug', 191).notNullable().unique();
      table.text('description');
      table.timestamps();
    })
    .createTable('posts_tags', (table) => {
      table.increments();
      table.integer('post_id').unsigned().notNullable().references('posts.id').onDelete('CASCADE');
      table.integer('tag_id').unsigned().notNullable().references('tags.id').onDelete('CASCADE');
      table.integer('sort_order').notNullable().defaultTo(0);
      table.unique(['post_id', 'tag_id']);
    });
};

exports.down = function (knex) {
  return knex.schema.dropTable('posts_tags').dropTable('tags').dropTable('posts');
};
