export const up = async (knex) => {
  await knex.schema.renameTable('Sites', 'sites');
  await knex.schema.table('sites', (t) => {
    t.renameColumn('Id', 'id');
    t.renameColumn('Domain Name', 'domain');
  });
  await knex.raw('ALTER INDEX ?? RENAME TO ??', ['Sites_pkey', 'sites_pkey']);
  await knex.raw('ALTER SEQUENCE "Sites_Id_seq" RENAME TO sites_id_seq');
};

export const down = async (knex) => {
  await knex.raw('ALTER SEQUENCE sites_id_seq RENAME TO "Sites_Id_seq"');
  await knex.raw('ALTER INDEX ?? RENAME TO ??', ['sites_pkey', 'Sites_pkey']);
  await knex.schema.table('sites', (t) => {
    t.renameColumn('domain', 'Domain Name');
    t.renameColumn('id', 'Id');
  });
  await knex.schema.renameTable('sites', 'Sites');
};
