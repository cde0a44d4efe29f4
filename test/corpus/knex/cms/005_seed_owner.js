exports.up = async (knex) => {
  const [{ count }] = await knex('users').count('*');
  if (Number(count) > 0) return;
  const [owner] = await knex('users')
    .insert({
      email: 'owner@inkwell.test',
      name: 'Owner',
      password: '$2b$10$abcdefghijklmnopqrstuv',
      slug: 'owner',
      created_at: '2016-03-01T00:00:00Z',
      updated_at: '2016-03-01T00:00:00Z',
    })
    .returning('id');
  await knex('posts').insert([
    {
      uuid: '0f5f4d4e-6a6f-4a0f-9f0f-1f4a5ac1b001',
      title: 'Welcome',
      slug: 'welcome',
      markdown: '# Welcome\nHave you read the docs?',
      status: 'published',
      author_id: owner.id,
      published_at: '2016-03-01T08:00:00Z',
    },
    {
      uuid: '0f5f4d4e-6a6f-4a0f-9f0f-1f4a5ac1b002',
      title: 'About',
      slug: 'about',
      markdown: 'An about page',
      page: true,
      status: 'published',
      author_id: owner.id,
      published_at: '2016-03-01T08:05:00Z',
    },
  ]);
};

exports.down = async (knex) => {
  await knex('posts').whereIn('slug', ['welcome', 'about']).del();
  await knex('users').where({ email: 'owner@inkwell.test' }).del();
};
