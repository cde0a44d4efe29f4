const defaults = [
  { key: 'title', value: 'Inkwell', type: 'blog' },
  { key: 'description', value: "Thoughts, stories & what's in between", type: 'blog' },
  { key: 'active_theme', value: 'casper', type: 'theme' },
  { key: 'posts_per_page', value: '5', type: 'blog' },
  { key: 'permalinks', value: '/:slug/?preview', type: 'blog' },
];

exports.up = function (knex) {
  return knex('settings').insert(defaults);
};

exports.down = function (knex) {
  return knex('settings')
    .whereIn(
      'key',
      defaults.map((row) => row.key)
    )
    .del();
};
