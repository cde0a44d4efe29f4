exports.up = async function (knex) {
  const hasColumn = await knex.schema.hasColumn('posts', 'visibility');
  if (!hasColumn) {
    await knex.schema.alterTable('posts', (table) => {
      table.string('visibility', 50).notNullable().defaultTo('public').index();
    });
  }
  if (!(await knex.schema.hasColumn('tags', 'visibility'))) {
    await knex.schema.alterTable('tags', (table) => {
      table.string('visibility', 50).notNullable().defaultTo('public');
    });
  }
};

exports.down = async function (knex) {
  await Promise.all(
    ['posts', 'tags'].map(async (name) => {
      if (await knex.schema.hasColumn(name, 'visibility')) {
        await knex.schema.alterTable(name, (table) => table.dropColumn('visibility'));
      }
    })
  );
};
