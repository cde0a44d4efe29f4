exports.up = (knex) =>
  knex.schema.createTable('newsletters', (table) => {
    table.bigIncrements();
    table.string('name').notNullable();
    table.string('slug').notNullable().unique();
    table.integer('sort_order', 4).notNullable().defaultTo(0);
    table.time('send_at').defaultTo('08:00');
    table.date('starts_on');
    table.boolean('show_header').notNullable().defaultTo(true);
    table.string('title_font').notNullable().defaultTo('serif');
    table.tinyint('priority');
    table.specificType('tsv', "tsvector generated always as (to_tsvector('simple', coalesce(name, ''))) stored");
    table.index('tsv', 'newsletters_search', 'gin');
  });

exports.down = (knex) => knex.schema.dropTable('newsletters');
