const url = process.env['DATABASE_URL'];
if (url === undefined) throw new Error('Set DATABASE_URL to the database of the example.');

/** @type {import('knex').Knex.Config} */
export default {
  client: 'pg',
  connection: url,
  pool: { min: 0, max: 4 },
  migrations: { directory: './migrations', loadExtensions: ['.mjs'] },
};
