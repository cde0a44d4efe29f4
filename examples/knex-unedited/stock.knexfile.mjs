/** The same project without the guard. */
import guarded from './knexfile.mjs';

/** @type {import('knex').Knex.Config} */
export default { ...guarded, migrations: { directory: './migrations', loadExtensions: ['.mjs'] } };
