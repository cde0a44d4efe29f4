exports.up = async (knex) => {
  await knex.schema.createView('published_posts', (view) => {
    view.columns(['id', 'title', 'slug', 'published_at']);
    view.as(knex('posts').select('id', 'title', 'slug', 'published_at').where({ status: 'published', type: 'post' }));
  });
  await knex.schema.createMaterializedView('authors_of_posts', (view) => {
    view.columns(['author_id', 'posts']);
    view.as(knex('posts_authors').select('author_id').count('* as posts').groupBy('author_id'));
  });
};

exports.down = async (knex) => {
  await knex.schema.dropMaterializedView('authors_of_posts');
  await knex.schema.dropViewIfExists('published_posts');
};
