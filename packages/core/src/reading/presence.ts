/** Judges by one question to the catalog, for what no operation makes: is the effect there? */

import { SERVER } from '../catalog/relation.js';
import { CATALOG, type Child, child, type Facts, type Operation, type Work } from '../engine/operation.js';
import { type SqlFragment, sql } from '../sql.js';

interface PresenceArguments {
  readonly target: string;
  /** A boolean expression over nothing. */
  readonly done: SqlFragment;
  /** See `Facts.again`: a boolean expression over nothing, asked where it is done. */
  readonly again: SqlFragment;
  /** Shown as what is expected, and as what is found, where the answer is neither. */
  readonly wanted: string;
  readonly otherwise: string;
  /** What the statement works through. */
  readonly work: Work;
}

type PresenceFacts = Facts<{ readonly done: boolean }>;

const presence: Operation<PresenceArguments, PresenceFacts> = {
  name: 'look',

  async inspect(reader, { target, done, again, wanted, otherwise }) {
    const { rows } = await reader.read(sql`select ${SERVER}, (${done}) as done, (${again}) as again`);
    const answer = rows[0]?.['done'];
    return {
      target,
      state: { done: answer === true },
      begun: false,
      differences:
        typeof answer === 'boolean' ? [] : [{ path: 'effect', expected: wanted, found: otherwise, proved: false }],
      missing: [],
      ...(answer === true && rows[0]?.['again'] === true ? { again: true as const } : {}),
    };
  },

  next({ state }, { wanted, work }) {
    if (state.done) return null;
    return {
      kind: 'sql',
      id: 'statement',
      why: wanted,
      sql: wanted,
      locks: [],
      work,
      commit: 'own',
      after: () => ({ done: true }),
    };
  },
};

/** `done`: an SQL expression, true when the effect is there, false when it is not, NULL when something else stands in its place. */
export function isThere(target: string, wanted: string, done: SqlFragment, work = CATALOG): Child {
  return child(presence, { target, done, again: sql`false`, wanted, otherwise: 'something else', work });
}

/** The same for what goes from one place to another: NULL where it is in both. `again`: the server lets it pass a second time, see `Facts.again`. */
export function isMoved(target: string, wanted: string, done: SqlFragment, again: SqlFragment): Child {
  return child(presence, { target, done, again, wanted, otherwise: 'both the old one and the new one', work: CATALOG });
}
