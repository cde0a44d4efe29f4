const { createHash } = require('node:crypto');

const uuidOf = (text) => {
  const hex = createHash('md5').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
};

exports.up = async (knex) => {
  const batch = 2;
  for (let last = 0; ; ) {
    const rows = await knex('orders').where('id', '>', last).whereNull('public_id').orderBy('id').limit(batch).select('id');
    if (rows.length === 0) break;
    await Promise.all(rows.map(({ id }) => knex('orders').where({ id }).update({ public_id: uuidOf(`order ${id}`) })));
    last = rows[rows.length - 1].id;
  }
  await knex.schema.alterTable('orders', (t) => t.dropNullable('public_id'));
};

exports.down = async (knex) => {
  await knex.schema.alterTable('orders', (t) => t.setNullable('public_id'));
  await knex('orders').update({ public_id: null });
};
