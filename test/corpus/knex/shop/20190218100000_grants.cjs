exports.up = async (knex) => {
  await knex.raw('GRANT SELECT ON products, priced_products TO PUBLIC');
  await knex.raw('GRANT SELECT (id, sku), UPDATE (name) ON products TO PUBLIC');
  await knex.raw('REVOKE EXECUTE ON FUNCTION take_from_stock() FROM PUBLIC');
};

exports.down = async (knex) => {
  await knex.raw('GRANT EXECUTE ON FUNCTION take_from_stock() TO PUBLIC');
  await knex.raw('REVOKE ALL ON products, priced_products FROM PUBLIC');
  await knex.raw('REVOKE SELECT (id, sku), UPDATE (name) ON products FROM PUBLIC');
};
