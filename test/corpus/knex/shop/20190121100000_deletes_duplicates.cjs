exports.up = async (knex) => {
  await knex('suppliers').insert([{ name: 'Leaf Ltd' }, { name: 'Leaf Ltd' }, { name: 'Porcelain & Co' }]);
  await knex.raw('DELETE FROM suppliers a USING suppliers b WHERE a.name = b.name AND a.id > b.id');
  await knex.schema.table('suppliers', (t) => {
    t.unique(['name']);
  });
  await knex('audit_log').insert({ what: 'suppliers are unique' });
};

exports.down = async (knex) => {
  await knex.schema.table('suppliers', (t) => {
    t.dropUnique(['name']);
  });
  await knex('suppliers').truncate();
  await knex('audit_log').where('what', 'suppliers are unique').delete();
};
