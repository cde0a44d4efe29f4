exports.up = async (knex) => {
  const { rows } = await knex.raw('SELECT id, definition FROM engine.workflow ORDER BY id');
  for (const { id, definition } of rows) {
    const nodes = definition.nodes.map((node) => (node.type === 'mail' ? { ...node, type: 'email' } : node));
    await knex.raw('UPDATE engine.workflow SET definition = ? WHERE id = ?', [JSON.stringify({ ...definition, nodes }), id]);
  }
};

exports.down = async (knex) => {
  await knex.raw(`UPDATE engine.workflow SET definition = replace(definition::text, '"email"', '"mail"')::jsonb`);
};
