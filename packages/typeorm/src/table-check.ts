/** TypeORM's `TableCheck` as the engine's request. */
import { type CheckConstraintRequest, InvalidArgumentError, type ObjectName } from '@holdfast/core';
import type { CheckLike, DataSourceLike } from './host.js';
import { tablePath } from './names.js';
import { isA } from './recognise.js';

/** `columnNames` says nothing that the expression does not say; without a name it gets TypeORM's own. */
export function readCheck(
  { namingStrategy }: DataSourceLike,
  table: ObjectName,
  check: CheckLike,
): CheckConstraintRequest {
  const target = tablePath(table);
  const { name, expression } = check;
  if (!isA('TableCheck', check) || expression === undefined) {
    throw new InvalidArgumentError({
      operation: 'safeCreateCheckConstraint',
      target,
      happened: 'this is neither a TableCheck with an expression nor a name.',
      hint: "Write new TableCheck({ name: 'total_positive', expression: 'total > 0' }).",
    });
  }
  return { name: name ?? namingStrategy.checkConstraintName(target, expression), expression };
}
