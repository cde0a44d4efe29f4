/** What a callback asks for besides columns: indexes, unique constraints, foreign keys, checks, primary keys. */
import type { CompiledColumn, ForeignKeyRequest, IndexColumn, ReferentialAction } from '@holdfast/core';
import { type Item, isName, type SqlReader } from './sql-reader.js';

/** One of them, with the columns that it needs. */
export interface Dependent
  extends Partial<Pick<CompiledColumn, 'constraints' | 'indexes' | 'uniques' | 'foreignKeys' | 'checks'>> {
  readonly columns: readonly string[];
}

/** Reads the statement that Knex has compiled; names are Knex's own. */
export function readDependent(sql: SqlReader): Dependent {
  const dependent = sql.take('alter', 'table') ? readConstraint(sql) : readIndex(sql);
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
function readConstraint(sql: SqlReader): Dependent {
  sql.dotted();
  sql.expect('add', 'constraint');
  const name = sql.name();
  if (sql.take('unique')) {
    const columns = sql.names();
    return { columns, uniques: [{ columns, name, ...readDeferrable(sql) }] };
  }
  if (sql.take('primary', 'key')) {
    const columns = sql.names();
    const text = `PRIMARY KEY (${columns.join(', ')})${sql.rest()}`;
    return { columns, constraints: [{ kind: 'primary key', name, text, tokens: [] }] };
  }
  if (sql.take('check')) return { columns: [], checks: [{ name, expression: sql.group() }] };
  sql.expect('foreign', 'key');
  const columns = sql.names();
  return { columns, foreignKeys: [{ columns, name, ...readReferences(sql) }] };
}

function readReferences(sql: SqlReader): Omit<ForeignKeyRequest, 'columns' | 'name'> {
  sql.expect('references');
  const references = { table: sql.dotted(), columns: sql.names() };
  const onUpdate = sql.take('on', 'update') ? readAction(sql) : undefined;
  const onDelete = sql.take('on', 'delete') ? readAction(sql) : undefined;
  return {
    references,
    ...(onUpdate === undefined ? {} : { onUpdate }),
    ...(onDelete === undefined ? {} : { onDelete }),
    ...readDeferrable(sql),
  };
}

const ACTIONS: readonly ReferentialAction[] = ['no action', 'restrict', 'cascade', 'set null', 'set default'];

function readAction(sql: SqlReader): ReferentialAction {
  const action = ACTIONS.find((words) => sql.take(...words.split(' ')));
  if (action === undefined) throw sql.unreadable();
  return action;
}

function readDeferrable(sql: SqlReader): { readonly deferrable?: 'immediate' | 'deferred' } {
  if (!sql.take('deferrable', 'initially')) return {};
  if (sql.take('immediate')) return { deferrable: 'immediate' };
  sql.expect('deferred');
  return { deferrable: 'deferred' };
}
