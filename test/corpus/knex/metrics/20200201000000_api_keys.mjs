export const up = async (knex) => {
  await knex.schema.createTable('Api Keys', (t) => {
    t.uuid('key').primary({ constraintName: 'Api Keys "PK"' }).defaultTo(knex.raw('gen_random_uuid()'));
    t.integer('Site Id').notNullable().references('Id').inTable('Sites').onDelete('CASCADE');
    t.string('grün', 10).defaultTo('größe');
    t.text("it's");
    t.comment('Keys of the "API", the old one');
  });
  await knex('Api Keys').insert({ 'Site Id': knex.select(knex.raw('min("Id")')).from('Sites'), "it's": 'so?' });
};

export const down = (knex) => knex.schema.dropTable('Api Keys');
