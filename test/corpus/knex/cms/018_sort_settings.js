exports.up = async function (knex) {
  await knex.schema.alterTable('settings', (t) => {
    t.dropPrimary();
  });
  await knex.schema.alterTable('settings', (t) => {
    t.increments('id');
    t.unique('key');
    t.string('group', 50).notNullable().defaultTo('core');
    t.check("key <> ''", {}, 'settings_key_not_empty');
  });
  await knex('settings').update({ group: knex.ref('type') });
};

exports.down = async function (knex) {
  await knex.schema.alterTable('settings', (t) => {
    t.dropChecks('settings_key_not_empty');
    t.dropUnique('key');
    t.dropColumn('id');
    t.dropColumn('group');
  });
  await knex.schema.alterTable('settings', (t) => {
    t.primary('key');
  });
};
