/** Compiles a callback by Knex's own compiler, one column at a time, and reads the result. */
import {
  type ColumnConstraint,
  type CompiledColumn,
  type InvalidArgumentError,
  parseColumnDefinition,
} from '@holdfast/core';
import { alterTable, type Builder, type Call, type Captured, capture, type Statement, wrong } from './capture.js';
import { type Dependent, readDependent } from './dependents.js';
import type { KnexHost } from './host.js';
import { mendColumn, mendStatement, plainQuestionMarks } from './literals.js';
import { SqlReader } from './sql-reader.js';

/** Throws `InvalidArgumentError` for a callback that does not add columns, or whose text Knex would spoil. Sends nothing. */
export function compileColumns(host: KnexHost, call: Call, definition: unknown): readonly CompiledColumn[] {
  const captured = capture(host, call, definition);
  const compile = (statement: Statement): readonly SqlReader[] => readers(host, call, captured, statement);
  const columns = captured.columns.map((statement) => {
    mendColumn(call, statement.builder);
    return readColumn(call, compile(statement));
  });
  const dependents = captured.others.map((statement) => {
    const [reader, ...more] = compile(mendStatement(host, call, statement));
    if (reader === undefined || more.length > 0) throw incomplete(call, statement.method);
    return readDependent(reader);
  });
  return columns.map((column, i) =>
    join(
      column,
      dependents.filter((d) => ownerOf(columns, d) === i),
    ),
  );
}

/** The statements that Knex makes of one entry of the builder. */
function readers(host: KnexHost, call: Call, { context }: Captured, statement: Statement): readonly SqlReader[] {
  const statements = compileOne(host, call, context, statement);
  return statements.map(({ sql, bindings }) => {
    if (bindings !== undefined && bindings.length > 0) throw withValues(call);
    const text = plainQuestionMarks(sql);
    return new SqlReader(text, () => unreadable(call, text));
  });
}

interface Compiled {
  readonly sql: string;
  readonly bindings?: readonly unknown[];
}

function compileOne(host: KnexHost, call: Call, context: unknown, statement: Statement): readonly Compiled[] {
  try {
    return alterTable(host, call.table, (table) => {
      const builder = table as unknown as Builder;
      if (context !== undefined) builder.queryContext(context);
      builder._statements = [statement];
    }) as readonly Compiled[];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw wrong(call, `Knex cannot compile this: ${message}`, 'Correct the definition.', error);
  }
}

/** `create type …`, `alter table … add column …`, `comment on column …`, in this order. */
function readColumn({ operation, table }: Call, statements: readonly SqlReader[]): CompiledColumn {
  let column: CompiledColumn | undefined;
  let carried: Pick<CompiledColumn, 'comment' | 'enumType'> = {};
  for (const sql of statements) {
    if (sql.take('create', 'type')) {
      const type = sql.dotted();
      sql.expect('as', 'enum');
      carried = { ...carried, enumType: { type, values: sql.strings() } };
    } else if (sql.take('comment', 'on', 'column')) {
      sql.column();
      sql.expect('is');
      // An empty comment compiles to NULL: a new column has none anyway.
      if (!sql.take('null')) carried = { ...carried, comment: sql.string() };
    } else {
      sql.expect('alter', 'table');
      sql.dotted();
      sql.expect('add', 'column');
      const name = sql.name();
      const { column: definition, constraints } = parseColumnDefinition(operation, name, sql.rest());
      column = { name, definition, constraints: numberChecks(table.name, name, constraints) };
    }
    sql.end();
  }
  return { ...(column as CompiledColumn), ...carried };
}

/** PostgreSQL numbers the checks of a column from the second on: `users_age_check`, `users_age_check1`. */
function numberChecks(
  table: string,
  column: string,
  constraints: readonly ColumnConstraint[],
): readonly ColumnConstraint[] {
  const [, ...more] = constraints.filter(({ kind, name }) => kind === 'check' && name === undefined);
  return constraints.map((constraint) => {
    const number = more.indexOf(constraint) + 1;
    return number === 0 ? constraint : { ...constraint, name: `${table}_${column}_check${number}` };
  });
}

/** The last of its columns; whatever names none of them waits for all of them. */
function ownerOf(columns: readonly CompiledColumn[], dependent: Dependent): number {
  const last = columns.findLastIndex(({ name }) => dependent.columns.includes(name));
  return last < 0 ? columns.length - 1 : last;
}

function join(column: CompiledColumn, dependents: readonly Dependent[]): CompiledColumn {
  const constraints: readonly ColumnConstraint[] = dependents.flatMap((d) => d.constraints ?? []);
  return {
    ...column,
    constraints: [...column.constraints, ...constraints],
    indexes: dependents.flatMap((d) => d.indexes ?? []),
    uniques: dependents.flatMap((d) => d.uniques ?? []),
    foreignKeys: dependents.flatMap((d) => d.foreignKeys ?? []),
    checks: dependents.flatMap((d) => d.checks ?? []),
  };
}

function incomplete(call: Call, method: string): InvalidArgumentError {
  return wrong(
    call,
    `Knex makes nothing of t.${method}() as it is written, and would leave it out.`,
    "A foreign key needs its table: t.integer('org_id').references('id').inTable('orgs').",
  );
}

function withValues(call: Call): InvalidArgumentError {
  return wrong(
    call,
    'Knex compiles an index with values apart from its text, which PostgreSQL does not take.',
    "Write the values into the text: knex.raw('lower(email)'), knex.whereRaw('active = true'); or use safeCreateIndex(table, columns, { where }).",
  );
}

function unreadable(call: Call, text: string): InvalidArgumentError {
  return wrong(
    call,
    `Knex compiles this to a statement that does not read as expected:\n  ${text}`,
    'Look for a quote that is not doubled in a comment, a label or a raw, or write the column as SQL: safeAddColumn(table, name, definition).',
  );
}
