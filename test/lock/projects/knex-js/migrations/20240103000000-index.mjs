export const config = { transaction: false };
/** @param {import('knex').Knex} knex */
export async function up(knex) {
  await knex.raw('CREATE INDEX CONCURRENTLY users_name ON users (name)');
  await knex.raw("CREATE TYPE passing AS ENUM ('a'); DROP TYPE passing");
  await knex.raw('ALTER TABLE users DROP CONSTRAINT users_email_unique');
  await knex.raw('ALTER TABLE users ADD CONSTRAINT users_email_unique UNIQUE (email)');
  await knex.raw("ALTER TABLE users ALTER name SET DEFAULT 'x'");
  await knex.raw('ALTER TABLE users ALTER name DROP DEFAULT');
}
/** @param {import('knex').Knex} knex */
export async function down(knex) {
  await knex.raw('DROP INDEX users_name');
}
