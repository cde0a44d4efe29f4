/** Compiles the callback of a new table by Knex's own compiler, as a whole, and reads the statements that it would send. */
import { type CompiledColumn, type CompiledTable, parseTableDefinition, type SqlReader } from '@holdfast/core';
import { type Call, type Captured, capture, wrong } from './capture.js';
import { compileStatements, incomplete, readComment, readEnumType, readers } from './columns.js';
import { type Dependent, readDependent } from './dependents.js';
import type { KnexHost } from './host.js';
import { mendColumn, refuseLostValues } from './literals.js';

/** Throws `InvalidArgumentError` for what Knex would spoil or leave out, and `UnsupportedError` for t.inherits(). Sends nothing. */
export function compileTable(host: KnexHost, call: Call, definition: unknown): CompiledTable {
  const captured = capture(host, call, definition, 'createTable');
  for (const { builder } of captured.columns) mendColumn(call, builder);
  for (const statement of captured.others) refuseLostValues(call, statement);
  const read = readAll(call, readers(call, compileStatements(host, call, 'createTable', captured)));
  requireAll(call, captured, read.dependents.length);
  const { columns, ...table } = read.table;
  const comments = new Map(read.comments.map((each) => [each.column, each.comment]));
  return {
    ...table,
    columns: columns.map((column) => {
      const comment = comments.get(column.name);
      const enumType = read.enumTypes.find(({ type }) => isOf(type, column));
      return {
        ...column,
        ...(comment === undefined ? {} : { comment }),
        ...(enumType === undefined ? {} : { enumType }),
      };
    }),
    uniques: [...(table.uniques ?? []), ...read.dependents.flatMap((d) => d.uniques ?? [])],
    indexes: read.dependents.flatMap((d) => d.indexes ?? []),
    foreignKeys: [...(table.foreignKeys ?? []), ...read.dependents.flatMap((d) => d.foreignKeys ?? [])],
    checks: [...(table.checks ?? []), ...read.dependents.flatMap((d) => d.checks ?? [])],
    ...(read.comment === undefined ? {} : { comment: read.comment }),
  };
}

interface Read {
  readonly table: CompiledTable;
  readonly comment: string | undefined;
  readonly comments: readonly { readonly column: string; readonly comment?: string }[];
  readonly enumTypes: readonly NonNullable<CompiledColumn['enumType']>[];
  readonly dependents: readonly Dependent[];
}

/** `create type …`, `create table … (…)`, `comment on …`, `alter table … add constraint …`, `create index …` */
function readAll({ operation, table }: Call, statements: readonly SqlReader[]): Read {
  const read = { comments: [] as { column: string; comment?: string }[], enumTypes: [] as Read['enumTypes'][number][] };
  const dependents: Dependent[] = [];
  let compiled: CompiledTable = { columns: [] };
  let comment: string | undefined;
  for (const sql of statements) {
    if (sql.take('create', 'type')) read.enumTypes.push(readEnumType(sql));
    else if (sql.take('create', 'table')) {
      sql.dotted();
      compiled = parseTableDefinition(operation, table, sql.group());
    } else if (sql.take('comment', 'on', 'table')) {
      sql.dotted();
      comment = readComment(sql).comment;
    } else if (sql.take('comment', 'on', 'column')) read.comments.push({ column: sql.column(), ...readComment(sql) });
    else dependents.push(readDependent(sql));
    sql.end();
  }
  return { ...read, dependents, table: compiled, comment };
}

function isOf(
  type: { readonly schema: string | undefined; readonly name: string },
  { definition }: Pick<CompiledColumn, 'definition'>,
): boolean {
  return definition.type.name === type.name && definition.type.schema === type.schema;
}

/** Knex writes nothing for a foreign key without its table, and takes the first of several primary keys. */
function requireAll(call: Call, { others }: Captured, compiled: number): void {
  const methods = others.filter(({ grouping }) => grouping === 'alterTable').map(({ method }) => method);
  if (methods.filter((method) => method === 'primary').length > 1)
    throw wrong(
      call,
      'Knex takes the first t.primary() and leaves the others out.',
      "Write it once: t.primary(['a', 'b']).",
    );
  if (methods.filter((method) => method !== 'primary').length !== compiled) throw incomplete(call, 'foreign');
}
