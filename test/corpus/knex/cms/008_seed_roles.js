const ROLES = ['Administrator', 'Editor', 'Author', 'Contributor'];
const OBJECTS = ['post', 'tag', 'user', 'setting'];
const ACTIONS = ['browse', 'read', 'edit', 'add', 'destroy'];

exports.up = async function (knex) {
  const roles = await knex('roles')
    .insert(ROLES.map((name) => ({ name, description: `${name}s` })))
    .returning(['id', 'name']);
  const permissions = OBJECTS.flatMap((object_type) => ACTIONS.map((action_type) => ({ object_type, action_type })));
  await knex.batchInsert('permissions', permissions, 7);

  const all = await knex('permissions').select('id', 'object_type', 'action_type').orderBy('id');
  for (const role of roles) {
    const allowed = all.filter(
      (p) => role.name === 'Administrator' || (role.name === 'Editor' && p.object_type !== 'setting') || (p.object_type === 'post' && p.action_type !== 'destroy')
    );
    await knex('permissions_roles').insert(allowed.map((p) => ({ role_id: role.id, permission_id: p.id })));
  }
  const admin = roles.find((role) => role.name === 'Administrator');
  const owner = await knex('users').where('slug', 'owner').first();
  if (owner) {
    await knex('roles_users').insert({ role_id: admin.id, user_id: owner.id });
  }
};

exports.down = async function (knex) {
  await knex('roles_users').del();
  await knex('permissions_roles').del();
  await knex('permissions').whereIn('object_type', OBJECTS).del();
  await knex('roles').whereIn('name', ROLES).del();
};
