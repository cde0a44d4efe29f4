const LONG = 'a_table_name_that_is_exactly_sixty_three_bytes_long_as_allowed_x';
const LONGER = 'index_on_a_table_with_a_long_name_that_postgres_will_shorten_to_sixty_three_bytes';

export const up = async (knex) => {
  await knex.schema.createTable(LONG.slice(0, 63), (t) => {
    t.increments();
    t.string('a_column_with_a_quite_long_name_of_its_own').unique('a_column_with_a_quite_long_name_of_its_own_and_so_its_key_is_cut_too');
    t.integer('parent').references('id').inTable(LONG.slice(0, 63));
  });
  await knex.raw('CREATE INDEX ?? ON ?? (parent)', [LONGER, LONG.slice(0, 63)]);
};

export const down = (knex) => knex.schema.dropTable(LONG.slice(0, 63));
