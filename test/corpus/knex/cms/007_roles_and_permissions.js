exports.up = async function (knex) {
  await knex.schema.createTable('roles', (t) => {
    t.increments('id').primary();
    t.string('name', 50).notNullable().unique('roles_name_key');
    t.string('description', 2000);
  });
  await knex.schema.createTable('permissions', (t) => {
    t.increments('id').primary();
    t.string('object_type', 50).notNullable();
    t.string('action_type', 50).notNullable();
    t.unique(['object_type', 'action_type'], { indexName: 'permissions_object_action' });
  });
  await knex.schema.createTable('permissions_roles', (t) => {
    t.integer('role_id').notNullable().references('id').inTable('roles').onDelete('cascade').onUpdate('restrict');
    t.integer('permission_id').notNullable();
    t.foreign('permission_id', 'fk_perm').references('id').inTable('permissions').onDelete('cascade');
    t.primary(['role_id', 'permission_id'], { constraintName: 'permissions_roles_pk' });
  });
  await knex.schema.createTable('roles_users', (t) => {
    t.integer('role_id').notNullable().references('roles.id');
    t.integer('user_id').notNullable().references('users.id').onDelete('CASCADE');
    t.primary(['role_id', 'user_id']);
  });
};

exports.down = async function (knex) {
  for (const table of ['roles_users', 'permissions_roles', 'permissions', 'roles']) {
    await knex.schema.dropTable(table);
  }
};
