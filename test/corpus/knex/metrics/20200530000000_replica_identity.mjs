export const up = async (knex) => {
  await knex.raw('ALTER TABLE settings REPLICA IDENTITY FULL');
  await knex.raw('ALTER TABLE countries CLUSTER ON countries_pkey');
};

export const down = async (knex) => {
  await knex.raw('ALTER TABLE settings REPLICA IDENTITY DEFAULT');
  await knex.raw('ALTER TABLE countries SET WITHOUT CLUSTER');
};
