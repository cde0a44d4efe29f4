/** The raw statement of a case in a Knex migration that nobody edits. */
import { guarded } from '@holdfast/knex';
import knexLibrary from 'knex';
import { stepsOf } from './cases.mjs';

/**
 * Outside of a transaction, where a statement may take another form, and in one. `said` fills with what the guard warns of.
 * @param {import('./cases.mjs').Case} one
 */
export function uneditedOf(one) {
  return [true, false].map((transaction) => {
    /** @type {string[]} */
    const said = [];
    const warn = (/** @type {string} */ line) => said.push(line);
    const { up } = guarded(
      { up: (/** @type {import('knex').Knex} */ knex) => knex.raw(one.statement) },
      { logger: { info() {}, warn, error: warn } },
    );
    /** @type {import('./measure.mjs').Step} */
    const migrate = async (_client, url) => {
      const knex = knexLibrary({ client: 'pg', connection: url, pool: { min: 1, max: 1 } });
      try {
        return await (transaction ? knex.transaction((trx) => up(trx)) : up(knex));
      } finally {
        await knex.destroy();
      }
    };
    return {
      title: `${one.title}, ${transaction ? 'in a transaction' : 'no transaction'}`,
      steps: stepsOf({ ...one, guarded: migrate }),
      said,
    };
  });
}
