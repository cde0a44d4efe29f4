/**
 * safeDisableRowLevelSecurity: shows all rows of a table to every role that may read it. The policies stay.
 *
 * Plain DISABLE waits for ACCESS EXCLUSIVE even where it is off already, and leaves FORCE standing for the next ENABLE.
 */
import { type RowSecurityFacts, readRowSecurity } from '../catalog/row-security.js';
import { CATALOG, type Operation } from '../engine/operation.js';
import { type ObjectName, quoteName } from '../names.js';

export interface DisableRowLevelSecurityArguments {
  readonly table: ObjectName;
}

export const disableRowLevelSecurity: Operation<DisableRowLevelSecurityArguments, RowSecurityFacts> = {
  name: 'safeDisableRowLevelSecurity',

  inspect: (reader, { table }) => readRowSecurity(reader, table),

  next(facts) {
    const { enabled, forced } = facts.state;
    const actions = [
      enabled ? ['DISABLE ROW LEVEL SECURITY'] : [],
      forced ? ['NO FORCE ROW LEVEL SECURITY'] : [],
    ].flat();
    if (actions.length === 0) return null;
    return {
      kind: 'sql',
      id: 'disable',
      why: 'from its commit on every role that may read the table sees all rows; the policies stay',
      sql: `ALTER TABLE ${quoteName(facts.table)} ${actions.join(', ')}`,
      locks: [{ on: facts.table, mode: 'AccessExclusiveLock', kind: 'table' }],
      work: CATALOG,
      commit: 'own',
      after: () => ({ enabled: false, forced: false }),
    };
  },
};
