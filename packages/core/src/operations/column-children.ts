/** What a column definition carries besides the column, as operations of their own: each is judged, finished and repaired by itself. */

import { defaultName } from '../catalog/generated-names.js';
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
  return {
    before: enumType === undefined ? [] : [child(createEnum, enumType)],
    after: [
      ...compiled.constraints.map((constraint) => ofConstraint(table, name, constraint)),
      ...(compiled.uniques ?? []).map((unique) => child(createUniqueConstraint, { table, ...unique })),
      ...(compiled.indexes ?? []).map((index) => child(createIndex, { table, index })),
      ...(compiled.foreignKeys ?? []).map((key) => child(addForeignKey, { table, key })),
      ...(compiled.checks ?? []).map((check) => ofCheck(table, name, check.name, check.expression)),
      ...(comment === undefined ? [] : [child(setComment, { table, column: name, text: comment })]),
    ],
  };
}

function ofConstraint(table: ObjectName, column: string, constraint: ColumnConstraint): Child {
  const { kind, name } = constraint;
  const named = name === undefined ? {} : { name };
  if (kind === 'unique')
    return child(createUniqueConstraint, { table, columns: [column], ...named, ...readDeferrable(constraint.tokens) });
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
function readReferences(column: string, { text, tokens }: ColumnConstraint): Omit<ForeignKeyRequest, 'columns'> {
  const words = tokens.map((t) => t.value);
  const dotted = words[2] === '.';
  const list = dotted ? 4 : 2;
  if (words[list] !== '(' || words[list + 2] !== ')') {
    throw new InvalidArgumentError({
      operation: 'safeAddColumn',
      target: column,
      happened: `the referenced column is not named: ${text}`,
      hint: 'Write REFERENCES table (column).',
    });
  }
  const table = { schema: dotted ? words[1] : undefined, name: words[dotted ? 3 : 1] as string };
  const on = (event: string): ReferentialAction | undefined => {
    const at = words.findIndex((word, i) => word === 'on' && words[i + 1] === event);
    if (at < 0) return undefined;
    const two = words[at + 2] === 'set' || words[at + 2] === 'no';
    return words.slice(at + 2, at + (two ? 4 : 3)).join(' ') as ReferentialAction;
  };
  const onDelete = on('delete');
  const onUpdate = on('update');
  return {
    references: { table, columns: [words[list + 1] as string] },
    ...(words.includes('match') && words[words.indexOf('match') + 1] === 'full' ? { match: 'full' } : {}),
    ...(onDelete === undefined ? {} : { onDelete }),
    ...(onUpdate === undefined ? {} : { onUpdate }),
    ...readDeferrable(tokens),
  };
}

function readDeferrable(tokens: readonly Token[]): { readonly deferrable?: 'immediate' | 'deferred' } {
  const words = tokens.map((t) => t.value);
  const at = words.indexOf('deferrable');
  if (words[words.indexOf('initially') + 1] === 'deferred' && words.includes('initially'))
    return { deferrable: 'deferred' };
  return at >= 0 && words[at - 1] !== 'not' ? { deferrable: 'immediate' } : {};
}
