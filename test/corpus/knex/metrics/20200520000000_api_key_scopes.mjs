export const up = async (knex) => {
  await knex.schema.alterTable('Api Keys', (t) => {
    t.enu('scope', ['read', 'write', 'owner only'], { useNative: true, enumName: 'Api Scope' }).notNullable().defaultTo('read');
    t.setNullable('Site Id');
    t.renameColumn('grün', 'colour');
  });
  await knex.schema.alterTable('Api Keys', (t) => {
    t.text('colour').defaultTo('none').alter();
  });
};

export const down = async (knex) => {
  await knex.schema.alterTable('Api Keys', (t) => {
    t.string('colour', 10).defaultTo('größe').alter();
    t.dropColumn('scope');
    t.dropNullable('Site Id');
  });
  await knex.schema.alterTable('Api Keys', (t) => t.renameColumn('colour', 'grün'));
  await knex.raw('DROP TYPE "Api Scope"');
};
