exports.up = async (knex) => {
  await knex.raw('CREATE EXTENSION IF NOT EXISTS citext');
  await knex.raw('DROP INDEX customers_email_key');
  await knex.raw('ALTER TABLE customers ALTER email TYPE citext, ADD CONSTRAINT customers_email_key UNIQUE (email)');
};

exports.down = async (knex) => {
  await knex.raw('ALTER TABLE customers DROP CONSTRAINT customers_email_key, ALTER COLUMN email TYPE varchar(200)');
  await knex.raw('CREATE UNIQUE INDEX customers_email_key ON customers (lower(email))');
  await knex.raw('DROP EXTENSION citext');
};
