// Written from the statements themselves, because the admin wants to read them before.
exports.up = async (knex) => {
  const statements = knex.schema
    .createTable('post_revisions', (table) => {
      table.string('id', 24).primary();
      table.integer('post_id').notNullable().references('posts.id').onDelete('CASCADE');
      table.text('lexical', 'longtext');
      table.bigint('created_at_ts').notNullable();
      table.index(['post_id', 'created_at_ts']);
    })
    .toSQL();
  for (const { sql, bindings } of statements) await knex.raw(sql, bindings ?? []);

  const posts = await knex('posts').select('id', 'mobiledoc').orderBy('id');
  let n = 0;
  for (const post of posts) {
    n += 1;
    await knex('post_revisions').insert({
      id: `rev${String(n).padStart(21, '0')}`,
      post_id: post.id,
      lexical: post.mobiledoc,
      created_at_ts: 1456790400000 + n,
    });
  }
};

exports.down = (knex) => knex.schema.dropTable('post_revisions');
