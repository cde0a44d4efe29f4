/** A table taken apart into what CREATE TABLE makes in one step, and into the operations by which each part is judged or added. */

import { requireLabels } from '../arguments.js';
import { serverName } from '../catalog/generated-names.js';
import { type ColumnDefinition, printColumnDefinition } from '../column-definition.js';
import { type Child, child } from '../engine/operation.js';
import { InvalidArgumentError } from '../errors.js';
import { tokenize } from '../lexer.js';
import { type ObjectName, printName, requireName } from '../names.js';
import type { CheckRequest, CompiledTable, PrimaryKeyRequest, UniqueRequest } from '../session.js';
import { quoteIdent, truncateName } from '../sql.js';
import { twoKeys } from '../table-definition.js';
import { addColumn } from './add-column.js';
import { addForeignKey, type ForeignKeyRequest, printForeignKey } from './add-foreign-key.js';
import { readColumnConstraint } from './column-children.js';
import { createCheckConstraint } from './create-check-constraint.js';
import { type CreateEnumArguments, createEnum } from './create-enum.js';
import { createIndex, type IndexRequest, printIndexTail } from './create-index.js';
import { createUniqueConstraint } from './create-unique-constraint.js';
import { setComment } from './set-comment.js';

/** Everything that a definition asks for; whatever has a name on the server has one here. */
export interface TableParts {
  readonly enumTypes: readonly CreateEnumArguments[];
  readonly columns: readonly { readonly name: string; readonly definition: ColumnDefinition }[];
  readonly primaryKey: Named<PrimaryKeyRequest> | null;
  readonly uniques: readonly Named<UniqueRequest>[];
  readonly checks: readonly (Named<CheckRequest> & { readonly unnamed: boolean })[];
  readonly foreignKeys: readonly Named<ForeignKeyRequest>[];
  readonly indexes: readonly Named<IndexRequest>[];
  readonly comments: readonly { readonly column: string | undefined; readonly text: string }[];
  /** What only the host asks for. */
  readonly also: readonly Child[];
}

type Named<T> = T & { readonly name: string };

/** Throws `InvalidArgumentError` for a definition that contradicts itself, before any SQL. */
export function tableParts(operation: string, table: ObjectName, compiled: CompiledTable): TableParts {
  const all = gather(operation, table, compiled);
  requireColumns(operation, table, all);
  for (const { enumType } of compiled.columns) if (enumType !== undefined) requireLabels(operation, enumType.values);
  const key = all.primaryKeys[0];
  const keyColumns = new Set(key?.columns.map(truncateName));
  return {
    ...nameAll(table, all),
    enumTypes: distinct(compiled.columns.flatMap(({ enumType }) => (enumType === undefined ? [] : [enumType]))),
    columns: compiled.columns.map(({ name, definition }) => ({
      name,
      definition: keyColumns.has(truncateName(name)) ? { ...definition, notNull: true } : definition,
    })),
    indexes: all.indexes,
    comments: [
      ...(compiled.comment === undefined ? [] : [{ column: undefined, text: compiled.comment }]),
      ...compiled.columns.flatMap(({ name, comment }) =>
        comment === undefined ? [] : [{ column: name, text: comment }],
      ),
    ],
    also: compiled.columns.flatMap(({ also }) => also ?? []),
  };
}

interface Gathered {
  readonly columns: readonly string[];
  readonly primaryKeys: readonly PrimaryKeyRequest[];
  readonly uniques: readonly UniqueRequest[];
  readonly checks: readonly CheckRequest[];
  readonly foreignKeys: readonly ForeignKeyRequest[];
  readonly indexes: readonly Named<IndexRequest>[];
}

/** What stands in the columns, then what stands beside them. */
function gather(operation: string, table: ObjectName, compiled: CompiledTable): Gathered {
  const read = compiled.columns.flatMap(({ name, constraints }) =>
    constraints.map((each) => readColumnConstraint(operation, `${printName(table)}.${name}`, each, name)),
  );
  const holders = [...compiled.columns, compiled];
  return {
    columns: compiled.columns.map(({ name }) => name),
    primaryKeys: [
      ...read.flatMap((each) => (each.kind === 'primary key' ? [each.primaryKey] : [])),
      ...(compiled.primaryKey === undefined ? [] : [compiled.primaryKey]),
    ],
    uniques: [
      ...read.flatMap((each) => (each.kind === 'unique' ? [each.unique] : [])),
      ...holders.flatMap((each) => each.uniques ?? []),
    ],
    checks: [
      ...read.flatMap((each) => (each.kind === 'check' ? [each.check] : [])),
      ...holders.flatMap((each) => each.checks ?? []),
    ],
    foreignKeys: [
      ...read.flatMap((each) => (each.kind === 'foreign key' ? [each.foreignKey] : [])),
      ...holders.flatMap((each) => each.foreignKeys ?? []),
    ],
    // Hosts give their indexes names, and text holds none.
    indexes: holders.flatMap((each) => each.indexes ?? []) as readonly Named<IndexRequest>[],
  };
}

function requireColumns(operation: string, table: ObjectName, all: Gathered): void {
  const wrong = (happened: string, hint: string): InvalidArgumentError =>
    new InvalidArgumentError({ operation, target: printName(table), happened, hint });
  if (all.columns.length === 0) throw wrong('the definition holds no column.', 'Write at least one.');
  for (const name of all.columns) requireName(operation, 'column', name);
  const columns = all.columns.map(truncateName);
  const twice = columns.find((name, i) => columns.indexOf(name) !== i);
  if (twice !== undefined) throw wrong(`column ${twice} is defined twice.`, 'Leave one of them out.');
  if (all.primaryKeys.length > 1) throw twoKeys(operation, table);
  for (const { columns: used } of [...all.primaryKeys, ...all.uniques, ...all.foreignKeys]) {
    const lacking = used.find((name) => !columns.includes(truncateName(name)));
    if (lacking !== undefined)
      throw wrong(`a constraint names the column ${lacking}, which the definition does not hold.`, 'Correct the name.');
  }
}

/** Constraints without a name get the one that the server would give, in the order in which they stand. */
function nameAll(
  table: ObjectName,
  { columns, primaryKeys, uniques, checks, foreignKeys, indexes }: Gathered,
): Pick<TableParts, 'primaryKey' | 'uniques' | 'checks' | 'foreignKeys'> {
  const given = [...primaryKeys, ...uniques, ...checks, ...foreignKeys, ...indexes].map((each) => each.name);
  const taken = new Set(given.filter((name) => name !== undefined).map(truncateName));
  const named = <T extends { readonly name?: string }>(
    each: T,
    suffix: Parameters<typeof serverName>[2],
    of: readonly string[],
  ): Named<T> => {
    const name = each.name ?? serverName(table.name, of, suffix, taken);
    taken.add(name);
    return { ...each, name };
  };
  const [key] = primaryKeys;
  return {
    primaryKey: key === undefined ? null : named(key, 'pkey', []),
    checks: checks.map((each) => ({
      ...named(each, 'check', onlyColumn(columns, each.expression)),
      unnamed: each.name === undefined,
    })),
    uniques: uniques.map((each) => named(each, 'key', each.columns)),
    foreignKeys: foreignKeys.map((each) => named(each, 'fkey', each.columns)),
  };
}

/** The server names a check after the column in it, if it is only one (AddRelationNewConstraints in PostgreSQL's heap.c). */
function onlyColumn(columns: readonly string[], expression: string): readonly string[] {
  const words = (tokenize(expression) ?? []).filter((t) => t.kind === 'word' || t.kind === 'ident').map((t) => t.value);
  const used = columns.filter((name) => words.includes(name));
  return used.length === 1 ? used : [];
}

function distinct(types: readonly CreateEnumArguments[]): readonly CreateEnumArguments[] {
  return [...new Map(types.map((each) => [JSON.stringify(each), each])).values()];
}

/** The operations that judge, finish or add each part of a table that exists, in an order in which they can run. */
export function partChildren(table: ObjectName, parts: TableParts): readonly Child[] {
  const list = (columns: readonly string[]): string => columns.map(quoteIdent).join(', ');
  return [
    ...parts.enumTypes.map((each) =>
      child(createEnum, each, { path: `type ${printName(each.type)}`, definition: `ENUM (${each.values.join(', ')})` }),
    ),
    ...parts.columns.map(({ name, definition }) =>
      child(
        addColumn,
        { table, column: name, definition, before: [], after: [] },
        { path: `column ${name}`, definition: printColumnDefinition(definition) },
      ),
    ),
    ...parts.uniques.map((each) =>
      child(
        createUniqueConstraint,
        { table, ...each },
        { path: `unique constraint ${each.name}`, definition: `UNIQUE (${list(each.columns)})` },
      ),
    ),
    ...parts.checks.map(({ name, expression }) =>
      child(
        createCheckConstraint,
        { table, name, expression },
        { path: `check ${name}`, definition: `CHECK (${expression})` },
      ),
    ),
    ...parts.indexes.map((index) =>
      child(createIndex, { table, index }, { path: `index ${index.name}`, definition: printIndexTail(index) }),
    ),
    ...parts.foreignKeys.map((key) =>
      child(
        addForeignKey,
        { table, key },
        { path: `foreign key ${key.name}`, definition: printForeignKey(key, key.references.table) },
      ),
    ),
    ...parts.comments.map(({ column, text }) =>
      child(
        setComment,
        { table, column, text },
        { path: column === undefined ? 'comment' : `comment of column ${column}`, definition: text },
      ),
    ),
  ];
}
