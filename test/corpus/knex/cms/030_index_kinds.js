exports.config = { transaction: false };

exports.up = async (knex) => {
  await knex.schema.alterTable('members', (table) => {
    table.index('labels', 'members_labels', { indexType: 'gin' });
    table.index(['created_at'], 'members_named', { predicate: knex.whereNotNull('name') });
    table.index('email', 'members_email_hash', 'hash');
  });
};

exports.down = async (knex) => {
  await knex.schema.alterTable('members', (table) => {
    table.dropIndex('labels', 'members_labels');
    table.dropIndex(['created_at'], 'members_named');
    table.dropIndex('email', 'members_email_hash');
  });
};
