/** What a column definition carries besides the column, as operations of their own: each is judged, finished and repaired by itself. */

import { requireLabels } from '../arguments.js';
import { defaultName, shortName } from '../catalog/generated-names.js';
import type { ColumnConstraint } from '../column-definition.js';
import { type Child, child } from '../engine/operation.js';
import { UnsupportedError } from '../errors.js';
import type { ObjectName } from '../names.js';
import { type ReadConstraint, readConstraint } from '../read-constraint.js';
import type { CompiledColumn } from '../session.js';
import { quoteIdent } from '../sql.js';
import { SqlReader } from '../sql-reader.js';
import { addForeignKey } from './add-foreign-key.js';
import { createCheckConstraint } from './create-check-constraint.js';
import { createEnum } from './create-enum.js';
import { createIndex } from './create-index.js';
import { createUniqueConstraint } from './create-unique-constraint.js';
import { setComment } from './set-comment.js';

/** Throws `UnsupportedError` for a primary key, before any SQL: an existing table would have to be rebuilt. */
export function columnChildren(
  table: ObjectName,
  compiled: CompiledColumn,
): { readonly before: readonly Child[]; readonly after: readonly Child[] } {
  const { name, comment, enumType } = compiled;
  if (enumType !== undefined) requireLabels('safeAddColumn', enumType.values);
  return {
    before: enumType === undefined ? [] : [child(createEnum, enumType)],
    after: [
      ...numberChecks(table, name, compiled.constraints).map((constraint) => ofConstraint(table, name, constraint)),
      ...(compiled.uniques ?? []).map((unique) => child(createUniqueConstraint, { table, ...unique })),
      ...(compiled.indexes ?? []).map((index) => child(createIndex, { table, index })),
      ...(compiled.foreignKeys ?? []).map((key) => child(addForeignKey, { table, key })),
      ...(compiled.checks ?? []).map((check) => ofCheck(table, name, check.name, check.expression)),
      ...(comment === undefined ? [] : [child(setComment, { table, column: name, text: comment })]),
      ...(compiled.also ?? []),
    ],
  };
}

/** Checks without a name get PostgreSQL's own: `users_age_check`, then `users_age_check1`. */
function numberChecks(
  table: ObjectName,
  column: string,
  constraints: readonly ColumnConstraint[],
): readonly ColumnConstraint[] {
  let unnamed = 0;
  return constraints.map((constraint) => {
    if (constraint.kind !== 'check' || constraint.name !== undefined) return constraint;
    unnamed += 1;
    const base = [table.name, column, 'check'].join('_');
    return { ...constraint, name: shortName(unnamed === 1 ? base : `${base}${unnamed - 1}`) };
  });
}

function ofConstraint(table: ObjectName, column: string, constraint: ColumnConstraint): Child {
  if (constraint.kind !== 'primary key') {
    const read = readColumnConstraint('safeAddColumn', column, constraint, column);
    if (read.kind === 'unique') return child(createUniqueConstraint, { table, ...read.unique });
    if (read.kind === 'foreign key') return child(addForeignKey, { table, key: read.foreignKey });
    if (read.kind === 'check') return ofCheck(table, column, read.check.name, read.check.expression);
  }
  throw new UnsupportedError({
    operation: 'safeAddColumn',
    target: column,
    happened: 'a primary key cannot be made along with a column of an existing table.',
    hint: 'Add the column first, fill it, then add the primary key.',
  });
}

function ofCheck(table: ObjectName, column: string, name: string | undefined, expression: string): Child {
  return child(createCheckConstraint, { table, name: name ?? defaultName(table.name, [column], 'check'), expression });
}

/** A constraint that stands in the definition of a column. `NO INHERIT`, `NULLS NOT DISTINCT` and the like must not be lost without a word. */
export function readColumnConstraint(
  operation: string,
  target: string,
  { name, text }: ColumnConstraint,
  column: string,
): ReadConstraint {
  const named = name === undefined ? '' : `CONSTRAINT ${quoteIdent(name)} `;
  const unsupported = (): UnsupportedError =>
    new UnsupportedError({
      operation,
      target,
      happened: `this cannot be made along with the column: ${text}`,
      hint: 'Add the column without it, then the constraint or index by an operation of its own.',
    });
  return readConstraint(new SqlReader(named + text, unsupported), column);
}
