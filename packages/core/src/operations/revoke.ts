/**
 * safeRevoke: takes privileges on a table, view, sequence, schema or function away from roles.
 *
 * REVOKE succeeds without a word where it takes nothing away: what another role has granted, and a column of a table that is granted as a
 * whole. And a role keeps what it has by PUBLIC or by another role.
 */
import { type AccessArguments, lookAtAccess, printHeld } from '../catalog/access.js';
import { CATALOG, type Facts, list, type Operation } from '../engine/operation.js';

export interface RevokeFacts extends Facts<{ readonly granted: 'some' | 'none' }> {
  readonly statement: string;
  /** By whom the statement revokes. */
  readonly actor: string;
  /** What the statement would leave, since another role has granted it; a line each. */
  readonly byOthers: readonly string[];
  /** What is held on the whole, where columns are meant; a line each. */
  readonly onWhole: readonly string[];
  /** What the roles have by others all the same; a line each. */
  readonly stays: readonly string[];
}

export const revoke: Operation<AccessArguments, RevokeFacts> = {
  name: 'safeRevoke',

  async inspect(reader, args) {
    const access = await lookAtAccess(reader, args);
    const { asked, entries, actor } = access;
    // On the whole means on each column, too: the statement takes those along.
    const about = (entry: (typeof entries)[number], grantee: string): boolean =>
      asked.some(
        (held) =>
          held.grantee === grantee &&
          held.privilege === entry.privilege &&
          (held.column === null || held.column === entry.column),
      );
    const found = entries.filter((entry) => about(entry, entry.grantee));
    const onWhole = entries.filter(
      (entry) =>
        entry.column === null &&
        asked.some(
          ({ column, grantee, privilege }) =>
            column !== null && grantee === entry.grantee && privilege === entry.privilege,
        ),
    );
    const stays = entries.flatMap((entry) =>
      (entry.reaches ?? [])
        .filter((role) => about({ ...entry, column: entry.column ?? asked[0]?.column ?? null }, role))
        .map((role) => `${printHeld({ ...entry, grantee: role })}, by ${entry.grantee}`),
    );
    return {
      target: access.target,
      state: { granted: found.length === 0 ? 'none' : 'some' },
      begun: false,
      differences: [],
      missing: access.missing,
      statement: `REVOKE ${access.privileges} ON ${access.on} FROM ${access.roles}`,
      actor,
      byOthers: found
        .filter(({ grantor }) => grantor !== actor)
        .map((entry) => `${printHeld(entry)}, granted by ${entry.grantor}`),
      onWhole: onWhole.map(printHeld),
      stays,
    };
  },

  next({ state, statement, actor, byOthers, onWhole, stays }) {
    if (onWhole.length > 0) {
      return {
        refuse: `these are held on the whole table, of which no column can be taken away:\n${list(onWhole)}`,
        hint: 'Revoke them on the table, then grant them on the columns that are to stay.',
      };
    }
    if (state.granted === 'none') return null;
    if (byOthers.length > 0) {
      return {
        refuse: `a REVOKE by this session takes away what ${actor} has granted, and these were granted by others:\n${list(byOthers)}`,
        hint: 'Let those roles revoke them, each by SET ROLE in a migration of its own.',
        privilege: true,
      };
    }
    return {
      kind: 'sql',
      id: 'revoke',
      why: 'takes the privileges out of the catalog; they are gone from its commit on',
      sql: statement,
      locks: [],
      work: CATALOG,
      commit: 'own',
      after: () => ({ granted: 'none' }),
      ...(stays.length === 0 ? {} : { says: [`these stay, by another role:\n${list(stays)}`] }),
    };
  },
};
