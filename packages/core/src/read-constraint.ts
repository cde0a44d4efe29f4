/** Reads constraints as SQL writes them: of a table, or of one column (manual: CREATE TABLE, table_constraint, column_constraint). */
import { InvalidArgumentError } from './errors.js';
import type { ForeignKeyRequest, ReferentialAction } from './operations/add-foreign-key.js';
import type { UniqueRequest } from './operations/create-unique-constraint.js';
import type { CheckRequest, PrimaryKeyRequest } from './session.js';
import type { SqlReader } from './sql-reader.js';

/** One constraint, ready for the engine. */
export type ReadConstraint =
  | { readonly kind: 'primary key'; readonly primaryKey: PrimaryKeyRequest }
  | { readonly kind: 'unique'; readonly unique: UniqueRequest }
  | { readonly kind: 'check'; readonly check: CheckRequest }
  | { readonly kind: 'foreign key'; readonly foreignKey: ForeignKeyRequest };

/**
 * The rest of the text is one constraint; `column` is the one in whose definition it stands. Throws the reader's own error for what the
 * operations cannot make, such as EXCLUDE or NO INHERIT, so that nothing is lost.
 */
export function readConstraint(sql: SqlReader, column?: string): ReadConstraint {
  const name = sql.take('constraint') ? { name: sql.name() } : {};
  const constraint = readKind(sql, name, column);
  sql.end();
  return constraint;
}

function readKind(sql: SqlReader, name: { readonly name?: string }, column: string | undefined): ReadConstraint {
  const columns = (): readonly string[] => (column === undefined ? sql.names() : [column]);
  if (sql.take('primary', 'key'))
    return { kind: 'primary key', primaryKey: { columns: columns(), ...name, ...readDeferrable(sql) } };
  if (sql.take('unique')) {
    sql.take('nulls', 'distinct');
    return { kind: 'unique', unique: { columns: columns(), ...name, ...readDeferrable(sql) } };
  }
  if (sql.take('check')) {
    const check = { expression: sql.group(), ...name };
    sql.take('enforced');
    return { kind: 'check', check };
  }
  if (column === undefined) sql.expect('foreign', 'key');
  const foreignKey = { columns: columns(), ...name, ...readReferences(sql) };
  return { kind: 'foreign key', foreignKey };
}

/** `REFERENCES table (columns) MATCH FULL ON DELETE … ON UPDATE … DEFERRABLE …` */
function readReferences(sql: SqlReader): Omit<ForeignKeyRequest, 'columns' | 'name'> {
  sql.expect('references');
  const table = sql.dotted();
  if (!sql.comes('(')) throw withoutColumns(sql);
  let key: Omit<ForeignKeyRequest, 'columns' | 'name'> = { references: { table, columns: sql.names() } };
  for (;;) {
    if (sql.take('match', 'full')) key = { ...key, match: 'full' };
    else if (sql.take('on', 'delete')) key = { ...key, onDelete: readAction(sql) };
    else if (sql.take('on', 'update')) key = { ...key, onUpdate: readAction(sql) };
    else if (!sql.take('match', 'simple')) return { ...key, ...readDeferrable(sql) };
  }
}

const ACTIONS: readonly ReferentialAction[] = ['no action', 'restrict', 'cascade', 'set null', 'set default'];

function readAction(sql: SqlReader): ReferentialAction {
  const action = ACTIONS.find((words) => sql.take(...words.split(' ')));
  if (action === undefined) throw sql.unreadable();
  return action;
}

/** INITIALLY DEFERRED alone implies DEFERRABLE. */
function readDeferrable(sql: SqlReader): { readonly deferrable?: 'immediate' | 'deferred' } {
  let deferrable: 'immediate' | 'deferred' | undefined;
  for (;;) {
    if (sql.take('deferrable')) deferrable ??= 'immediate';
    else if (sql.take('initially', 'deferred')) deferrable = 'deferred';
    else if (!sql.take('not', 'deferrable') && !sql.take('initially', 'immediate') && !sql.take('enforced'))
      return deferrable === undefined ? {} : { deferrable };
  }
}

function withoutColumns(sql: SqlReader): InvalidArgumentError {
  const { operation, target } = sql.unreadable();
  return new InvalidArgumentError({
    operation,
    target,
    happened: `the referenced column is not named: ${sql.text}`,
    hint: 'Write REFERENCES table (column).',
  });
}
