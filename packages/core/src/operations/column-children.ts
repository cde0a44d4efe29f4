/** What a column definition carries besides the column, as operations of their own: each is judged, finished and repaired by itself. */

import { requireLabels } from '../arguments.js';
import { defaultName, shortName } from '../catalog/generated-names.js';
import type { ColumnConstraint } from '../column-definition.js';
import { type Child, child } from '../engine/operation.js';
import { InvalidArgumentError, UnsupportedError } from '../errors.js';
import type { Token } from '../lexer.js';
import type { ObjectName } from '../names.js';
import type { CompiledColumn } from '../session.js';
import { addForeignKey, type ForeignKeyRequest, type ReferentialAction } from './add-foreign-key.js';
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
  const { kind, name } = constraint;
  const named = name === undefined ? {} : { name };
  if (kind !== 'primary key') refuseRest(column, constraint);
  if (kind === 'unique')
    return child(createUniqueConstraint, { table, columns: [column], ...named, ...readDeferrable(tailOf(constraint)) });
  if (kind === 'references')
    return child(addForeignKey, { table, key: { columns: [column], ...named, ...readReferences(column, constraint) } });
  if (kind === 'check') return ofCheck(table, column, name, checkExpression(constraint));
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

/** `CHECK (expression) …` → the expression. */
function checkExpression({ text, tokens }: ColumnConstraint): string {
  const start = tokens[0] as Token;
  const open = tokens.find((t) => t.kind === 'symbol' && t.value === '(');
  const close = tokens.findLast((t) => t.kind === 'symbol' && t.value === ')' && t.depth === 1);
  return open === undefined || close === undefined
    ? ''
    : text.slice(open.end - start.start, close.start - start.start).trim();
}

/** `REFERENCES schema.table (column) MATCH FULL ON DELETE … ON UPDATE … DEFERRABLE …` (manual: CREATE TABLE, column_constraint). */
function readReferences(column: string, constraint: ColumnConstraint): Omit<ForeignKeyRequest, 'columns'> {
  const { text, tokens } = constraint;
  const values = tokens.map((t) => t.value);
  const list = columnListAt(tokens);
  if (values[list] !== '(' || values[list + 2] !== ')') {
    throw new InvalidArgumentError({
      operation: 'safeAddColumn',
      target: column,
      happened: `the referenced column is not named: ${text}`,
      hint: 'Write REFERENCES table (column).',
    });
  }
  const dotted = list === 4;
  const table = { schema: dotted ? values[1] : undefined, name: values[dotted ? 3 : 1] as string };
  const tail = tailOf(constraint);
  const on = (event: string): ReferentialAction | undefined =>
    new RegExp(`\\bon ${event} (no action|restrict|cascade|set null|set default)\\b`).exec(tail)?.[1] as
      | ReferentialAction
      | undefined;
  const onDelete = on('delete');
  const onUpdate = on('update');
  return {
    references: { table, columns: [values[list + 1] as string] },
    ...(/\bmatch full\b/.test(tail) ? { match: 'full' } : {}),
    ...(onDelete === undefined ? {} : { onDelete }),
    ...(onUpdate === undefined ? {} : { onUpdate }),
    ...readDeferrable(tail),
  };
}

/** Where the list of columns of `REFERENCES table (column)` opens. */
function columnListAt(tokens: readonly Token[]): number {
  return tokens[2]?.kind === 'symbol' && tokens[2].value === '.' ? 4 : 2;
}

/** What stands behind `UNIQUE`, `CHECK (…)`, `REFERENCES table (column)`, in words. */
function tailOf({ kind, tokens }: ColumnConstraint): string {
  const closed = tokens.findLastIndex((t) => t.kind === 'symbol' && t.value === ')' && t.depth === 1);
  const skip = kind === 'unique' ? 1 : kind === 'check' ? closed + 1 : columnListAt(tokens) + 3;
  return tokens
    .slice(skip)
    .map((t) => (t.kind === 'ident' ? `"${t.value}"` : t.value))
    .join(' ');
}

const WHEN = '(?:(?:not )?deferrable|initially (?:deferred|immediate)|enforced)';
const ON = 'on (?:delete|update) (?:no action|restrict|cascade|set null|set default)';
/** All that the operations can make. */
const TAILS = {
  unique: new RegExp(`^(?:nulls distinct)?(?: ?${WHEN})*$`),
  check: /^(?:enforced)?$/,
  references: new RegExp(`^(?:(?:match (?:simple|full)|${ON}|${WHEN})(?: |$))*$`),
} as const;

/** `NO INHERIT`, `NULLS NOT DISTINCT` and the like must not be lost without a word. */
function refuseRest(column: string, constraint: ColumnConstraint): void {
  const { kind, text } = constraint;
  if (kind === 'primary key' || TAILS[kind].test(tailOf(constraint))) return;
  throw new UnsupportedError({
    operation: 'safeAddColumn',
    target: column,
    happened: `this cannot be made along with the column: ${text}`,
    hint: 'Add the column without it, then the constraint or index by an operation of its own.',
  });
}

function readDeferrable(tail: string): { readonly deferrable?: 'immediate' | 'deferred' } {
  if (/\binitially deferred\b/.test(tail)) return { deferrable: 'deferred' };
  return /(?<!\bnot )\bdeferrable\b/.test(tail) ? { deferrable: 'immediate' } : {};
}
