exports.up = async (knex) => {
  const coupons = knex.schema.createTable('coupons', (t) => {
    t.string('code', 20).primary();
    t.integer('percent').notNullable();
    t.specificType('valid', 'daterange').notNullable();
    t.check('percent between 1 and 100', {}, 'coupons_percent');
  });
  const column = knex.schema.alterTable('orders', (t) => {
    t.string('coupon_code', 20).references('coupons.code').onUpdate('CASCADE');
  });
  const { rows } = await knex.raw("SELECT to_regclass('coupons') AS found");
  if (rows[0].found === null) await coupons;
  if (!(await knex.schema.hasColumn('orders', 'coupon_code'))) await column;
};

exports.down = async (knex) => {
  await knex.schema.alterTable('orders', (t) => t.dropColumn('coupon_code'));
  await knex.schema.dropTable('coupons');
};
