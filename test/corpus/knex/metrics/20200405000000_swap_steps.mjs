export const up = async (knex) => {
  const funnels = await knex('funnels').orderBy('id').pluck('id');
  for (const id of funnels) {
    const goals = await knex('goal_event').orderBy('id').pluck('id');
    await knex.transaction(async (trx) => {
      await trx.raw('SET CONSTRAINTS ALL DEFERRED');
      let step = Number((await trx('funnel_steps').where('funnel_id', id).max('step as last').first()).last ?? 0);
      for (const goal_id of goals) await trx('funnel_steps').insert({ funnel_id: id, goal_id, step: ++step });
    });
  }
};

export const down = (knex) => knex('funnel_steps').whereIn('goal_id', knex('goal_event').select('id')).del();
