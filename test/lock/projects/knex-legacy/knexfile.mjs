export default {
  development: {
    client: 'pg',
    connection: 'postgres://localhost/none',
    migrations: { directory: './migrations', loadExtensions: ['.mjs'] },
  },
};
