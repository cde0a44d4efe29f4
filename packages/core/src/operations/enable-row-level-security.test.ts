import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { enableRowLevelSecurity } from './enable-row-level-security.js';

const USERS = { schema: 'public', name: 'users' };

test('facts → steps', () => {
  const plans = [undefined, true, false].map((force) =>
    planTable({
      operation: enableRowLevelSecurity,
      args: { table: USERS, force },
      over: { enabled: [false, true], forced: [false, true] },
      facts: (state) => ({ target: 't', begun: false, differences: [], missing: [], state, table: USERS, policies: 0 }),
      forms: ['online'],
    }),
  );
  expect(plans.join('\n')).toMatchInlineSnapshot(`
    "enabled  forced  form    steps
    false    false   online  enable
    false    true    online  enable
    true     false   online  nothing left to do
    true     true    online  nothing left to do
    enabled  forced  form    steps
    false    false   online  enable
    false    true    online  enable
    true     false   online  enable
    true     true    online  nothing left to do
    enabled  forced  form    steps
    false    false   online  enable
    false    true    online  enable
    true     false   online  nothing left to do
    true     true    online  enable"
  `);
});
