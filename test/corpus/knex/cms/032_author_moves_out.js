// Reads what it removes: the authors are in posts_authors since 010, what was changed since then is taken over.
exports.up = async (knex) => {
  const missing = await knex('posts')
    .leftJoin('posts_authors', function () {
      this.on('posts.id', 'posts_authors.post_id').andOn('posts.author_id', 'posts_authors.author_id');
    })
    .whereNull('posts_authors.id')
    .select('posts.id', 'posts.author_id');
  if (missing.length > 0) {
    await knex.batchInsert(
      'posts_authors',
      missing.map(({ id, author_id }) => ({ post_id: id, author_id }))
    );
  }
  await knex.schema.alterTable('posts', (table) => {
    table.dropForeign('author_id');
    table.dropColumn('author_id');
  });
};

exports.down = async (knex) => {
  await knex.schema.alterTable('posts', (table) => {
    table.integer('author_id').references('users.id');
  });
  await knex('posts').update({
    author_id: knex('posts_authors').min('author_id').whereRaw('?? = ??', ['posts_authors.post_id', 'posts.id']),
  });
  await knex.schema.alterTable('posts', (table) => {
    table.dropNullable('author_id');
  });
};
