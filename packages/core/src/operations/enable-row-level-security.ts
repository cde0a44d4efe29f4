/**
 * safeEnableRowLevelSecurity: lets the policies of a table decide which rows a role sees.
 *
 * ENABLE ROW LEVEL SECURITY waits for ACCESS EXCLUSIVE even where it is on already, and nobody notices that FORCE, which holds the
 * owner to the policies as well, is missing.
 */
import { type RowSecurityFacts, readRowSecurity } from '../catalog/row-security.js';
import { CATALOG, type Operation } from '../engine/operation.js';
import { type ObjectName, quoteName } from '../names.js';

export interface EnableRowLevelSecurityArguments {
  readonly table: ObjectName;
  /** Whether the owner is held to the policies, too. Absent: left as it is. */
  readonly force?: boolean | undefined;
}

export const enableRowLevelSecurity: Operation<EnableRowLevelSecurityArguments, RowSecurityFacts> = {
  name: 'safeEnableRowLevelSecurity',

  async inspect(reader, { table, force }) {
    const facts = await readRowSecurity(reader, table);
    const { enabled, forced } = facts.state;
    const lone = facts.missing.length === 0 && facts.policies === 0;
    return {
      ...facts,
      begun: enabled || (forced && force === true),
      ...(lone ? { remark: 'no policy yet: until there is one, nobody but the owner sees a row' } : {}),
    };
  },

  next(facts, { force }) {
    const { enabled, forced } = facts.state;
    const actions = [
      enabled ? [] : ['ENABLE ROW LEVEL SECURITY'],
      force === undefined || force === forced ? [] : [`${force ? 'FORCE' : 'NO FORCE'} ROW LEVEL SECURITY`],
    ].flat();
    if (actions.length === 0) return null;
    return {
      kind: 'sql',
      id: 'enable',
      why: 'from its commit on the policies of the table decide who sees which row',
      sql: `ALTER TABLE ${quoteName(facts.table)} ${actions.join(', ')}`,
      locks: [{ on: facts.table, mode: 'AccessExclusiveLock', kind: 'table' }],
      work: CATALOG,
      commit: 'own',
      after: () => ({ enabled: true, forced: force ?? forced }),
    };
  },
};
