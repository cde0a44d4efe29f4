exports.up = async (knex) => {
  const allowed = await knex
    .transaction(async (inner) => {
      await inner.raw('CREATE INDEX products_name_trgm ON products USING gin (name gin_trgm_ops)');
      return true;
    })
    .catch(() => false);
  if (!allowed) {
    await knex.raw('CREATE EXTENSION pg_trgm');
    await knex.raw('CREATE INDEX products_name_trgm ON products USING gin (name gin_trgm_ops) WITH (fastupdate = off)');
  }
};

exports.down = async (knex) => {
  await knex.raw('DROP INDEX products_name_trgm');
  await knex.raw('DROP EXTENSION pg_trgm');
};
