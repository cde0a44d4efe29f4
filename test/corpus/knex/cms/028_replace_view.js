exports.up = (knex) =>
  knex.schema.createViewOrReplace('published_posts', (view) => {
    view.columns(['id', 'title', 'slug', 'published_at', 'visibility']);
    view.as(knex('posts').select('id', 'title', 'slug', 'published_at', 'visibility').where({ status: 'published', type: 'post' }));
  });

exports.down = async (knex) => {
  await knex.schema.dropView('published_posts');
  await knex.schema.createView('published_posts', (view) => {
    view.columns(['id', 'title', 'slug', 'published_at']);
    view.as(knex('posts').select('id', 'title', 'slug', 'published_at').where({ status: 'published', type: 'post' }));
  });
};
