/** What a callback asks for besides columns: indexes, unique constraints, foreign keys, checks, primary keys. */
import {
  type CompiledColumn,
  type IndexColumn,
  type Item,
  isName,
  readConstraint,
  type SqlReader,
} from '@holdfast/core';

/** One of them, with the columns that it needs. */
export interface Dependent
  extends Partial<Pick<CompiledColumn, 'constraints' | 'indexes' | 'uniques' | 'foreignKeys' | 'checks'>> {
  readonly columns: readonly string[];
}

/** Reads the statement that Knex has compiled; names are Knex's own. */
export function readDependent(sql: SqlReader): Dependent {
  const dependent = sql.take('alter', 'table') ? readAdded(sql) : readIndex(sql);
  sql.end();
  return dependent;
}

/** `create [unique] index … on … [using …] (…) [where …]` */
function readIndex(sql: SqlReader): Dependent {
  sql.expect('create');
  const unique = sql.take('unique');
  sql.expect('index');
  const name = sql.name();
  sql.expect('on');
  sql.dotted();
  const method = sql.take('using') ? sql.name() : undefined;
  const columns = sql.list().map(readKey);
  const where = sql.take('where') ? sql.rest() : undefined;
  const index = {
    name,
    columns,
    ...(unique ? { unique } : {}),
    ...(method === undefined ? {} : { method }),
    ...(where === undefined ? {} : { where }),
  };
  const named = columns.map((key) => (typeof key === 'string' ? key : key.column)).filter((key) => key !== undefined);
  return { columns: named, indexes: [index] };
}

/** `"email"`, `lower(email) text_pattern_ops desc nulls last` */
function readKey({ text, tokens }: Item): IndexColumn {
  const rest = [...tokens];
  const word = (fromEnd: number): string | undefined =>
    rest.at(-fromEnd)?.kind === 'word' ? rest.at(-fromEnd)?.value : undefined;
  const nulls = word(2) === 'nulls' ? (rest.splice(-2)[1]?.value as 'first' | 'last') : undefined;
  const order = word(1) === 'asc' || word(1) === 'desc' ? (rest.pop()?.value as 'asc' | 'desc') : undefined;
  const before = rest.at(-2);
  const named = rest.at(-1);
  const behindKey = before !== undefined && (before.value === ')' || (rest.length === 2 && isName(before)));
  const opclass = behindKey && named !== undefined && isName(named) ? rest.pop()?.value : undefined;
  const [first, last] = [rest[0], rest.at(-1)];
  const column = first !== undefined && rest.length === 1 && isName(first) ? first.value : undefined;
  const options = {
    ...(opclass === undefined ? {} : { opclass }),
    ...(order === undefined ? {} : { order }),
    ...(nulls === undefined ? {} : { nulls }),
  };
  if (column !== undefined) return Object.keys(options).length === 0 ? column : { column, ...options };
  const start = tokens[0]?.start ?? 0;
  return { expression: text.slice((first?.start ?? start) - start, (last?.end ?? start) - start), ...options };
}

/** `… add constraint … unique | primary key | foreign key | check (…)` */
function readAdded(sql: SqlReader): Dependent {
  sql.dotted();
  sql.expect('add');
  const read = readConstraint(sql);
  if (read.kind === 'unique') return { columns: read.unique.columns, uniques: [read.unique] };
  if (read.kind === 'foreign key') return { columns: read.foreignKey.columns, foreignKeys: [read.foreignKey] };
  if (read.kind === 'check') return { columns: [], checks: [read.check] };
  const { columns, name } = read.primaryKey;
  return {
    columns,
    constraints: [{ kind: 'primary key', name, text: `PRIMARY KEY (${columns.join(', ')})`, tokens: [] }],
  };
}
