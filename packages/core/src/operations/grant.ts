/**
 * safeGrant: gives roles privileges on a table, view, sequence, schema or function.
 *
 * GRANT by a role that may grant a part only gives that part, warns and succeeds; granted anew it fails for whoever may not grant, although
 * nothing is left to do.
 */
import { type AccessArguments, lookAtAccess, printHeld, sameHeld } from '../catalog/access.js';
import { CATALOG, type Facts, list, type Operation } from '../engine/operation.js';

export interface GrantArguments extends AccessArguments {
  readonly withGrantOption?: boolean;
}

export interface GrantFacts extends Facts<{ readonly granted: 'all' | 'some' | 'none' }> {
  readonly statement: string;
  /** What is lacking and the current role may not grant, a line each. */
  readonly barred: readonly string[];
}

export const grant: Operation<GrantArguments, GrantFacts> = {
  name: 'safeGrant',

  async inspect(reader, args) {
    const access = await lookAtAccess(reader, args);
    const { asked, entries } = access;
    const lacking = asked.filter(
      (held) => !entries.some((entry) => sameHeld(entry, held) && (entry.grantable || args.withGrantOption !== true)),
    );
    // A grant option on the whole covers its columns.
    const barred = lacking.filter(
      ({ privilege, column }) =>
        !access.owner &&
        !entries.some(
          (entry) =>
            entry.mine &&
            entry.grantable &&
            entry.privilege === privilege &&
            (entry.column === null || entry.column === column),
        ),
    );
    const granted = lacking.length === 0 ? 'all' : lacking.length < asked.length ? 'some' : 'none';
    const option = args.withGrantOption === true ? ' WITH GRANT OPTION' : '';
    return {
      target: access.target,
      state: { granted },
      begun: granted === 'some',
      differences: [],
      missing: access.missing,
      statement: `GRANT ${access.privileges} ON ${access.on} TO ${access.roles}${option}`,
      barred: barred.map(printHeld),
    };
  },

  next({ state, barred, statement }) {
    if (state.granted === 'all') return null;
    if (barred.length > 0) {
      return {
        refuse: `the current role is neither the owner nor holds these with grant option:\n${list(barred)}`,
        hint: 'Run as the owner of the object, or let its owner run this migration.',
        privilege: true,
      };
    }
    return {
      kind: 'sql',
      id: 'grant',
      why: 'writes the privileges into the catalog; they hold from its commit on',
      sql: statement,
      locks: [],
      work: CATALOG,
      commit: 'own',
      after: () => ({ granted: 'all' }),
    };
  },
};
