/** What to do where a column cannot be changed in place, or would be written anew under a lock. */
import { printColumnDefinition } from '../../column-definition.js';
import { printCall } from '../../names.js';
import type { ChangeColumnArguments, ChangeColumnFacts } from '../change-column.js';

const PHASES = ['safeExpandColumn', 'safeFillColumn', 'safeSwapColumn', 'safeContractColumn'];

/** A second column takes its place by itself where the type changes; a column of the same type takes one of the application's own. */
export function insteadOf(facts: ChangeColumnFacts, args: ChangeColumnArguments): string {
  if (facts.change === null) return newColumn(facts, args);
  const { column, definition, using } = args;
  const calls = PHASES.map((phase, i) =>
    printCall(phase, facts.table, column, definition.type.text, ...(i === 0 && using !== undefined ? [{ using }] : [])),
  );
  const more = facts.state.pending.some((path) => path !== 'type' && path !== 'sequence');
  return [
    'Let a second column take its place without downtime, each call in a migration of its own:',
    ...calls.map((call) => `  ${call}`),
    ...(more ? ['Then call safeChangeColumn again for the rest of the definition.'] : []),
  ].join('\n');
}

export function newColumn(
  { table }: Pick<ChangeColumnFacts, 'table'>,
  { column, definition }: ChangeColumnArguments,
): string {
  const made = definition.generated !== undefined || definition.identity !== undefined;
  // Its rows get their values by themselves, or have none yet: default and NOT NULL come when they have.
  const wanted = printColumnDefinition(made ? definition : { ...definition, notNull: false, default: undefined });
  return [
    'Make a new column, in migrations of their own, and drop this one when nobody reads it any more:',
    `  ${printCall('safeAddColumn', table, `${column}_new`, wanted)}`,
    `  ${printCall('safeDropColumn', table, column)}`,
  ].join('\n');
}
