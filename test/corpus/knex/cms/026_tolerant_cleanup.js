// Some installations never had this index: it came with a plugin.
exports.up = async function (knex) {
  try {
    await knex.transaction((trx) =>
      trx.schema.alterTable('posts', (table) => {
        table.dropIndex([], 'posts_plugin_rank');
      })
    );
  } catch (error) {
    if (error.code !== '42704') throw error;
  }
  await knex.schema.alterTable('posts', (table) => {
    table.setNullable('uuid');
  });
};

exports.down = (knex) => knex.schema.alterTable('posts', (table) => table.dropNullable('uuid'));
