// Every index that has no name of ours gets a comment.
export const up = async (knex) => {
  const { rows } = await knex.raw(`
    SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisprimary AND c.relname !~ '(knex|events|_unique$)' ORDER BY 1`);
  for (const { relname } of rows) {
    await knex.raw(`COMMENT ON INDEX ${knex.ref(relname)} IS 'as of May 2020'`);
  }
};

export const down = async (knex) => {
  const { rows } = await knex.raw("SELECT objoid::regclass::text AS name FROM pg_description WHERE description = 'as of May 2020' ORDER BY 1");
  await Promise.all(rows.map(({ name }) => knex.raw(`COMMENT ON INDEX ${name} IS NULL`)));
};
