// The old name came from the time of OAuth clients.
exports.up = async function (knex) {
  await knex.schema.renameTable('integrations', 'apps');
  await knex.schema.alterTable('api_keys', (table) => {
    table.dropForeign('integration_id');
    table.renameColumn('integration_id', 'app_id');
  });
  await knex.schema.alterTable('api_keys', (table) => {
    table.foreign('app_id').references('apps.id').onDelete('CASCADE');
  });
};

exports.down = async function (knex) {
  await knex.schema.alterTable('api_keys', (table) => {
    table.dropForeign('app_id');
    table.renameColumn('app_id', 'integration_id');
  });
  await knex.schema.renameTable('apps', 'integrations');
  await knex.schema.alterTable('api_keys', (table) => {
    table.foreign('integration_id').references('integrations.id').onDelete('SET NULL');
  });
};
