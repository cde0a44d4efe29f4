/** Runs a callback on Knex's table builder and takes what it asked for; what is no addition is refused. */
import { InvalidArgumentError, type ObjectName, UnsupportedError } from '@holdfast/core';
import type { Knex } from 'knex';
import type { KnexHost } from './host.js';

/** The call that a definition belongs to, for errors. */
export interface Call {
  readonly operation: string;
  readonly table: ObjectName;
}

/** An entry of the builder's list, as Knex keeps it. */
export type Statement = ColumnStatement | TableStatement;

export interface ColumnStatement {
  readonly grouping: 'columns';
  readonly builder: {
    readonly _type: string;
    readonly _args: readonly unknown[];
    readonly _method: string;
    readonly _modifiers: Record<string, unknown[] | undefined>;
    readonly _single: { readonly drop?: boolean };
    readonly _statements: readonly unknown[];
  };
}

export interface TableStatement {
  /** `checks`: t.check() of a table that is made; it has no method. */
  readonly grouping: 'alterTable' | 'checks';
  readonly method: string;
  readonly args: readonly unknown[];
}

/** The builder from inside. */
export interface Builder {
  _statements: unknown;
  readonly _single: { comment?: string; inherits?: unknown };
  queryContext(context?: unknown): unknown;
}

export interface Captured {
  readonly columns: readonly ColumnStatement[];
  readonly others: readonly TableStatement[];
  /** All of them, in the order in which they were asked for. */
  readonly all: readonly Statement[];
  readonly comment: string | undefined;
  readonly context: unknown;
}

/** The builder that a callback is run on. */
export type Form = 'alterTable' | 'createTable';

/** What to call instead, by the method of the builder. */
const INSTEAD: Readonly<Record<string, string>> = {
  dropColumn: 'safeDropColumn(table, column)',
  renameColumn: 'safeRenameColumn(table, from, to)',
  setNullable: 'safeDropNotNull(table, column)',
  dropNullable: 'safeSetNotNull(table, column)',
  dropIndex: 'safeDropIndex(name)',
};
const ADDING = ['index', 'unique', 'foreign', 'primary', 'check'];

/** Runs the callback once. What it throws is thrown on. */
export function capture(host: KnexHost, call: Call, definition: unknown, form: Form = 'alterTable'): Captured {
  if (typeof definition !== 'function')
    throw wrong(
      call,
      'the definition is no callback.',
      "Write (t) => t.string('email', 100).notNullable().defaultTo('').",
    );
  let captured: Captured | undefined;
  compile(host, call.table, form, (table) => {
    const answer: unknown = definition.call(table, table);
    captured = take(call, table as unknown as Builder, answer);
    if (form === 'alterTable') requireAdditions(call, captured);
  });
  return captured as Captured;
}

/** Compiles what `callback` does to the table; nothing is sent. */
export function compile(
  host: KnexHost,
  { schema, name }: ObjectName,
  form: Form,
  callback: (table: Knex.CreateTableBuilder) => unknown,
): unknown {
  const builder = schema === undefined ? host.schema : host.schema.withSchema(schema);
  return builder[form](name, callback).toSQL();
}

export function wrong(call: Call, happened: string, hint: string, cause?: unknown): InvalidArgumentError {
  const { schema, name } = call.table;
  return new InvalidArgumentError({
    operation: call.operation,
    target: schema === undefined ? name : `${schema}.${name}`,
    happened,
    hint,
    cause,
  });
}

function take(call: Call, builder: Builder, answer: unknown): Captured {
  const statements = builder._statements;
  if (!Array.isArray(statements)) throw changedKnex(call);
  if (typeof (answer as { then?: unknown } | undefined)?.then === 'function')
    throw wrong(
      call,
      'the callback is async: Knex does not wait for it.',
      'Read what it needs before, and pass a plain function.',
    );
  if (builder._single.inherits !== undefined) throw inherits(call);
  const columns = (statements as readonly Statement[]).filter((s) => s.grouping === 'columns');
  const others = (statements as readonly Statement[]).filter((s) => s.grouping !== 'columns');
  for (const { builder: column } of columns) requireAdded(call, column);
  for (const { grouping, method } of others) {
    if (grouping === 'checks' || ADDING.includes(method)) continue;
    const instead = INSTEAD[method] ?? 'safeDropConstraint(table, name)';
    throw wrong(call, `t.${method}() alters the table, it adds no column.`, `Use ${instead} for it.`);
  }
  const { comment } = builder._single;
  builder._statements = [];
  return { columns, others, all: statements as readonly Statement[], comment, context: builder.queryContext() };
}

function requireAdditions(call: Call, { columns, comment }: Captured): void {
  if (comment !== undefined)
    throw wrong(call, 't.comment() sets the comment of the table.', 'Use safeSetComment(table, undefined, text).');
  if (columns.length === 0)
    throw wrong(
      call,
      'the callback adds no column.',
      'Indexes and constraints alone have operations of their own, such as safeCreateIndex.',
    );
}

function inherits(call: Call): UnsupportedError {
  return new UnsupportedError({
    operation: call.operation,
    target: call.table.name,
    happened: 't.inherits(): a table that inherits cannot be made along with the definition.',
    hint: 'Write all columns into the definition, or make this table by a statement of your own.',
  });
}

function requireAdded(call: Call, column: ColumnStatement['builder']): void {
  const name = String(column._args[0]);
  if (column._method !== 'add' || column._statements.length > 0)
    throw wrong(
      call,
      `${name}: .alter() changes a column, it adds none.`,
      `Use safeChangeColumn(table, '${name}', …), with the definition alone: without .alter().`,
    );
  if (column._single.drop === true)
    throw wrong(call, `${name}: .drop() drops a column, it adds none.`, `Use safeDropColumn(table, '${name}').`);
}

function changedKnex(call: Call): UnsupportedError {
  return new UnsupportedError({
    operation: call.operation,
    target: 'knex',
    happened: 'this version of Knex keeps the statements of a table builder in another form.',
    hint: 'Compare your version (npm ls knex) with the peer dependency of @holdfast/knex. Meanwhile write the column as SQL: safeAddColumn(table, name, definition).',
  });
}
