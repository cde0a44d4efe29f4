/** Several columns in one safeAddColumn: each is an operation of its own, judged before the first one runs. */
import type { Child, Facts, Operation } from '../engine/operation.js';
import { type ObjectName, printName } from '../names.js';

export interface AddColumnsArguments {
  readonly table: ObjectName;
  readonly columns: readonly Child[];
}

export const addColumns: Operation<AddColumnsArguments, Facts<null>> = {
  name: 'safeAddColumn',
  group: true,
  inspect: (_reader, { table }) =>
    Promise.resolve({ target: printName(table), state: null, begun: false, differences: [], missing: [] }),
  next: () => null,
  children: ({ columns }) => ({ before: [], after: columns }),
};
