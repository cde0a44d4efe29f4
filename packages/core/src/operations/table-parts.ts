/** A table taken apart into what CREATE TABLE makes in one step, and into the operations by which each part is judged or added. */

import { requireLabels } from '../arguments.js';
import { serverName } from '../catalog/generated-names.js';
import { type ColumnDefinition, printColumnDefinition } from '../column-definition.js';
import { type Child, child } from '../engine/operation.js';
import { InvalidArgumentError } from '../errors.js';
import { tokenize } from '../lexer.js';
import { type ObjectName, printName, requireName } from '../names.js';
import type { CheckRequest, CompiledTable, PrimaryKeyRequest } from '../session.js';
import { quoteIdent, truncateName } from '../sql.js';
import { addColumn } from './add-column.js';
import { addForeignKey, type ForeignKeyRequest, printForeignKey } from './add-foreign-key.js';
import { addPrimaryKey } from './add-primary-key.js';
import { createCheckConstraint } from './create-check-constraint.js';
import { type CreateEnumArguments, createEnum } from './create-enum.js';
import { type IndexRequest, printIndexTail } from './create-index/request.js';
import { createIndex } from './create-index.js';
import { createUniqueConstraint, type UniqueRequest } from './create-unique-constraint.js';
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
  requireColumns(operation, table, compiled);
  const { columns, primaryKey, comment } = compiled;
  for (const { enumType } of columns) if (enumType !== undefined) requireLabels(operation, enumType.values);
  const key = new Set(primaryKey?.columns.map(truncateName));
  return {
    ...nameAll(table, compiled),
    enumTypes: distinct(columns.flatMap(({ enumType }) => (enumType === undefined ? [] : [enumType]))),
    columns: columns.map(({ name, definition }) => ({
      name,
      definition: key.has(truncateName(name)) ? { ...definition, notNull: true } : definition,
    })),
    comments: [
      ...(comment === undefined ? [] : [{ column: undefined, text: comment }]),
      ...columns.flatMap((each) => (each.comment === undefined ? [] : [{ column: each.name, text: each.comment }])),
    ],
    also: columns.flatMap(({ also }) => also ?? []),
  };
}

function requireColumns(operation: string, table: ObjectName, compiled: CompiledTable): void {
  const wrong = (happened: string, hint: string): InvalidArgumentError =>
    new InvalidArgumentError({ operation, target: printName(table), happened, hint });
  const { primaryKey, uniques = [], foreignKeys = [] } = compiled;
  if (compiled.columns.length === 0) throw wrong('the definition holds no column.', 'Write at least one.');
  for (const { name } of compiled.columns) requireName(operation, 'column', name);
  const columns = compiled.columns.map(({ name }) => truncateName(name));
  const twice = columns.find((name, i) => columns.indexOf(name) !== i);
  if (twice !== undefined) throw wrong(`column ${twice} is defined twice.`, 'Leave one of them out.');
  for (const { columns: used } of [...(primaryKey === undefined ? [] : [primaryKey]), ...uniques, ...foreignKeys]) {
    const lacking = used.find((name) => !columns.includes(truncateName(name)));
    if (lacking !== undefined)
      throw wrong(`a constraint names the column ${lacking}, which the definition does not hold.`, 'Correct the name.');
  }
}

/** Constraints without a name get the one that the server would give, in the order in which they stand. */
function nameAll(
  table: ObjectName,
  { columns, primaryKey, uniques = [], checks = [], foreignKeys = [], indexes = [] }: CompiledTable,
): Pick<TableParts, 'primaryKey' | 'uniques' | 'checks' | 'foreignKeys' | 'indexes'> {
  const all = [...(primaryKey === undefined ? [] : [primaryKey]), ...uniques, ...checks, ...foreignKeys, ...indexes];
  const taken = new Set(all.flatMap(({ name }) => (name === undefined ? [] : [truncateName(name)])));
  const named = <T extends { readonly name?: string }>(
    each: T,
    suffix: Parameters<typeof serverName>[2],
    of: readonly string[],
  ): Named<T> => {
    const name = each.name ?? serverName(table.name, of, suffix, (wanted) => taken.has(wanted));
    taken.add(name);
    return { ...each, name };
  };
  const names = columns.map(({ name }) => name);
  return {
    primaryKey: primaryKey === undefined ? null : named(primaryKey, 'pkey', []),
    checks: checks.map((each) => ({
      ...named(each, 'check', onlyColumn(names, each.expression)),
      unnamed: each.name === undefined,
    })),
    uniques: uniques.map((each) => named(each, 'key', each.columns)),
    foreignKeys: foreignKeys.map((each) => named(each, 'fkey', each.columns)),
    // Hosts give their indexes names, and text holds none.
    indexes: indexes as readonly Named<IndexRequest>[],
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

/** The operations that judge, finish or add each part of a table that exists, in an order in which they can run. A primary key is added where there is none; one that is there is compared by its table. */
export function partChildren(table: ObjectName, parts: TableParts, lacksKey: boolean): readonly Child[] {
  const list = (columns: readonly string[]): string => columns.map(quoteIdent).join(', ');
  const { primaryKey } = parts;
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
    ...(lacksKey && primaryKey !== null
      ? [
          child(
            addPrimaryKey,
            { table, columns: primaryKey.columns, name: primaryKey.name },
            { path: 'primary key', definition: `PRIMARY KEY (${list(primaryKey.columns)})` },
          ),
        ]
      : []),
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
