import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { disableRowLevelSecurity } from './disable-row-level-security.js';

const USERS = { schema: 'public', name: 'users' };

test('facts → steps', () => {
  const plans = planTable({
    operation: disableRowLevelSecurity,
    args: { table: USERS },
    over: { enabled: [false, true], forced: [false, true] },
    facts: (state) => ({ target: 't', begun: false, differences: [], missing: [], state, table: USERS, policies: 0 }),
  });
  expect(plans).toMatchInlineSnapshot(`
    "enabled  forced  form    steps
    false    false   online  nothing left to do
    false    false   plain   nothing left to do
    false    true    online  disable
    false    true    plain   disable
    true     false   online  disable
    true     false   plain   disable
    true     true    online  disable
    true     true    plain   disable"
  `);
});
