exports.up = (knex) =>
  knex.schema
    .createTable('members', (table) => {
      table.bigIncrements('id');
      table.string('email', 191).notNullable();
      table.string('name', 191);
      table.enum('status', ['free', 'paid', 'comped'], { useNative: true, enumName: 'member_status' }).notNullable().defaultTo('free');
      table.jsonb('labels').notNullable().defaultTo('[]');
      table.specificType('tags', 'text[]').notNullable().defaultTo('{}');
      table.decimal('spent', 12, 2).notNullable().defaultTo(0);
      table.timestamp('created_at', { useTz: true, precision: 3 }).notNullable();
      table.unique('email', { indexName: 'members_email_unique', deferrable: 'deferred' });
    })
    .createTable('members_login_events', (table) => {
      table.bigIncrements('id');
      table.bigInteger('member_id').notNullable().references('members.id').onDelete('CASCADE').index();
      table.dateTime('created_at').notNullable();
      table.specificType('ip', 'inet');
    });

exports.down = (knex) =>
  knex.schema
    .dropTable('members_login_events')
    .dropTable('members')
    .then(() => knex.raw('drop type member_status'));
