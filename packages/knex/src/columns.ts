/** Compiles a callback by Knex's own compiler, one column at a time, and reads the result. */
import {
  type ColumnConstraint,
  type CompiledColumn,
  type InvalidArgumentError,
  parseColumnDefinition,
  SqlReader,
} from '@holdfast/core';
import {
  type Builder,
  type Call,
  type Captured,
  capture,
  compile,
  type Form,
  type Statement,
  wrong,
} from './capture.js';
import { type Dependent, readDependent } from './dependents.js';
import type { KnexHost } from './host.js';
import { mendColumn, mendStatement, plainQuestionMarks } from './literals.js';

/** Throws `InvalidArgumentError` for a callback that does not add columns, or whose text Knex would spoil. Sends nothing. */
export function compileColumns(host: KnexHost, call: Call, definition: unknown): readonly CompiledColumn[] {
  const captured = capture(host, call, definition);
  const compileOne = (statement: Statement): readonly SqlReader[] =>
    readers(call, compileStatements(host, call, 'alterTable', { ...captured, all: [statement] }));
  const columns = captured.columns.map((statement) => {
    mendColumn(call, statement.builder);
    return readColumn(call, compileOne(statement));
  });
  const dependents = captured.others.map((statement) => {
    const [reader, ...more] = compileOne(mendStatement(host, call, statement));
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

/** What Knex has compiled, to be read. */
export function readers(call: Call, statements: readonly Compiled[]): readonly SqlReader[] {
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

/** The statements that Knex makes of `all`. */
export function compileStatements(
  host: KnexHost,
  call: Call,
  form: Form,
  { all, comment, context }: Pick<Captured, 'all' | 'comment' | 'context'>,
): readonly Compiled[] {
  try {
    return compile(host, call.table, form, (table) => {
      const builder = table as unknown as Builder;
      if (context !== undefined) builder.queryContext(context);
      if (comment !== undefined) builder._single.comment = comment;
      builder._statements = [...all];
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
      carried = { ...carried, enumType: readEnumType(sql) };
    } else if (sql.take('comment', 'on', 'column')) {
      sql.column();
      carried = { ...carried, ...readComment(sql) };
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

/** Behind `create type`. */
export function readEnumType(sql: SqlReader): NonNullable<CompiledColumn['enumType']> {
  const type = sql.dotted();
  sql.expect('as', 'enum');
  return { type, values: sql.strings() };
}

/** Behind `comment on …`. An empty comment compiles to NULL: what is new has none anyway. */
export function readComment(sql: SqlReader): { readonly comment?: string } {
  sql.expect('is');
  return sql.take('null') ? {} : { comment: sql.string() };
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

export function incomplete(call: Call, method: string): InvalidArgumentError {
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
