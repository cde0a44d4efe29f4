exports.up = async function (knex) {
  await knex.schema.createTable('posts_authors', (table) => {
    table.increments('id');
    table.integer('post_id').notNullable().references('posts.id').onDelete('CASCADE');
    table.integer('author_id').notNullable().references('users.id');
    table.integer('sort_order').notNullable().defaultTo(0);
    table.index('author_id');
  });
  const posts = await knex('posts').select('id', 'author_id').orderBy('id');
  for (const post of posts) {
    await knex('posts_authors').insert({ post_id: post.id, author_id: post.author_id });
  }
};

exports.down = (knex) => knex.schema.dropTable('posts_authors');
