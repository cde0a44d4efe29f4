exports.up = async (knex) => {
  await knex('coupons')
    .insert([
      { code: 'SPRING', percent: 10, valid: '[2018-03-01,2018-06-01)' },
      { code: 'TEA100%', percent: 100, valid: '[2018-01-01,)' },
    ])
    .onConflict('code')
    .ignore();
  await knex('orders').whereIn('customer_id', knex('customers').select('id').where('email', 'ilike', 'ann@%')).update({ coupon_code: 'SPRING' });
};

exports.down = async (knex) => {
  await knex('orders').update({ coupon_code: null });
  await knex('coupons').del();
};
