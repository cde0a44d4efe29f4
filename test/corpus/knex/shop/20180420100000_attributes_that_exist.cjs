// The operators of jsonb have question marks.
exports.up = async (knex) => {
  await knex.raw("ALTER TABLE products ADD COLUMN colour text");
  await knex.raw("UPDATE products SET colour = attributes ->> 'colour' WHERE attributes \\? 'colour'");
  await knex.raw("UPDATE products SET attributes = attributes - ? WHERE attributes \\?| array['colour', ?]", ['colour', 'color']);
};

exports.down = async (knex) => {
  await knex.raw("UPDATE products SET attributes = jsonb_set(attributes, '{colour}', to_jsonb(colour)) WHERE colour IS NOT NULL");
  await knex.raw('ALTER TABLE products DROP COLUMN colour');
};
