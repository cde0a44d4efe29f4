export const up = (knex) =>
  knex.schema
    .createTable('funnels', (t) => {
      t.increments();
      t.integer('site_id').notNullable().references('sites.id').onDelete('CASCADE');
      t.string('name').notNullable();
      t.unique(['site_id', 'name'], { indexName: 'one funnel of a name', deferrable: 'immediate' });
    })
    .createTable('funnel_steps', (t) => {
      t.integer('funnel_id').notNullable().references('funnels.id').onDelete('CASCADE');
      t.integer('goal_id').notNullable();
      t.integer('step').notNullable().checkBetween([1, 9], 'nine_steps');
      t.primary(['funnel_id', 'step']);
    })
    .raw("INSERT INTO funnels (site_id, name) SELECT id, 'All of ' || domain FROM sites")
    .raw('INSERT INTO funnel_steps SELECT f.id, g.id, row_number() OVER (PARTITION BY f.id ORDER BY g.id) FROM funnels f, goal g');

export const down = (knex) => knex.schema.dropTable('funnel_steps').dropTable('funnels');
