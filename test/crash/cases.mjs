/** What is crashed: the cases of the contract and a backfill, on tables big enough that their steps last. */
import { CASES, SETUP, titleOf } from '../contract/cases.mjs';

/** Rows of `users`. */
const ROWS = 50_000;

export const BIG_SETUP = `${SETUP}
  INSERT INTO users (name, nickname, boss_id, legacy)
    SELECT 'user ' || i, 'nick ' || i, i % 5 + 1, 'x' FROM generate_series(201, ${ROWS}) i;`;

/**
 * Rows that have a value there, where all had none.
 * @param {string} column
 */
function filled(column) {
  return `SELECT count(${column})::int AS changed FROM users`;
}

/** @type {Readonly<Record<string, Pick<import('./cases.mjs').CrashCase, 'changed'>>>} */
const CHANGED = {
  'safeSetNotNull with a backfill': { changed: "SELECT count(*)::int AS changed FROM users WHERE nickname = 'nobody'" },
  safeFillColumn: { changed: filled('id_shadow') },
  'safeFillColumn of another name': { changed: filled('alias') },
  'safeFillColumn of a column with all that a column can have': { changed: filled('boss_id_shadow') },
  seed: { changed: 'SELECT count(*)::int AS changed FROM users WHERE id IN (1000001, 1000002)' },
};

/** @type {readonly import('./cases.mjs').CrashCase[]} */
export const CRASH_CASES = [
  ...CASES.map((each) => ({ ...each, ...CHANGED[titleOf(each)] })),
  {
    operation: 'backfill',
    run: (g) => g.backfill('users', { set: { legacy: 'y' } }),
    changed: "SELECT count(*)::int AS changed FROM users WHERE legacy = 'y'",
  },
];
