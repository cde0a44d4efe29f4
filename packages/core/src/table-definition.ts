/** Takes apart what stands between the parentheses of CREATE TABLE: columns and constraints of the table. */
import { parseColumnDefinition } from './column-definition.js';
import { InvalidArgumentError, UnsupportedError } from './errors.js';
import { type Token, tokenize } from './lexer.js';
import { type ObjectName, printName } from './names.js';
import { readColumnConstraint } from './operations/column-children.js';
import { type ReadConstraint, readConstraint } from './read-constraint.js';
import type { CompiledTable, TableColumn } from './session.js';
import { SqlReader } from './sql-reader.js';

/** Reserved words (manual, appendix C): no column is called so without quotes. */
const STARTS_CONSTRAINT = new Set(['constraint', 'primary', 'unique', 'check', 'foreign', 'like']);

/**
 * Reads `id bigint PRIMARY KEY, email text NOT NULL, UNIQUE (email)`. Throws `InvalidArgumentError` for text that is no such list and
 * `UnsupportedError` for LIKE, EXCLUDE and other clauses that the operations cannot make.
 */
export function parseTableDefinition(operation: string, table: ObjectName, text: string): CompiledTable {
  const items = splitItems(text);
  if (items === null) throw unreadable(operation, table, text);
  const columns: TableColumn[] = [];
  const constraints: ReadConstraint[] = [];
  for (const item of items) {
    if (startsConstraint(item.tokens)) {
      constraints.push(readConstraint(new SqlReader(item.text, () => unsupported(operation, table, item.text))));
      continue;
    }
    const column = readColumn(operation, table, item.text);
    columns.push({ name: column.name, definition: column.definition });
    // The server gives its names in the order in which they stand, of columns or not.
    constraints.push(...column.constraints);
  }
  const [primaryKey, second] = constraints.flatMap((each) => (each.kind === 'primary key' ? [each.primaryKey] : []));
  if (second !== undefined) throw twoKeys(operation, table);
  return {
    columns,
    uniques: constraints.flatMap((each) => (each.kind === 'unique' ? [each.unique] : [])),
    checks: constraints.flatMap((each) => (each.kind === 'check' ? [each.check] : [])),
    foreignKeys: constraints.flatMap((each) => (each.kind === 'foreign key' ? [each.foreignKey] : [])),
    ...(primaryKey === undefined ? {} : { primaryKey }),
  };
}

function twoKeys(operation: string, table: ObjectName): InvalidArgumentError {
  return new InvalidArgumentError({
    operation,
    target: printName(table),
    happened: 'the definition holds two primary keys.',
    hint: 'Leave one of them out. A key over several columns is written once: PRIMARY KEY (a, b).',
  });
}

interface Item {
  readonly text: string;
  readonly tokens: readonly Token[];
}

/** The items of the list; null for text that is none. */
function splitItems(text: string): readonly Item[] | null {
  const tokens = tokenize(text);
  if (tokens === null || tokens.some((t) => t.kind === 'symbol' && t.value === ';')) return null;
  const lists: Token[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'symbol' && token.value === ',' && token.depth === 0) lists.push([]);
    else lists.at(-1)?.push(token);
  }
  const items = lists.map((list) => {
    const [first, last] = [list[0], list.at(-1)];
    return { text: first === undefined || last === undefined ? '' : text.slice(first.start, last.end), tokens: list };
  });
  return items.some((item) => item.tokens.length < 2) ? null : items;
}

function startsConstraint([first, second]: readonly Token[]): boolean {
  if (first?.kind !== 'word') return false;
  // Not reserved: a column may be called so.
  if (first.value === 'exclude') return second?.value === 'using' || second?.value === '(';
  return STARTS_CONSTRAINT.has(first.value) || (first.value === 'not' && second?.value === 'null');
}

function readColumn(
  operation: string,
  table: ObjectName,
  text: string,
): TableColumn & { readonly constraints: readonly ReadConstraint[] } {
  const sql = new SqlReader(text, () => unreadable(operation, table, text));
  const name = sql.name();
  const target = `${printName(table)}.${name}`;
  const { column, constraints } = parseColumnDefinition(operation, target, sql.rest());
  return {
    name,
    definition: column,
    constraints: constraints.map((each) => readColumnConstraint(operation, target, each, name)),
  };
}

function unreadable(operation: string, table: ObjectName, text: string): InvalidArgumentError {
  return new InvalidArgumentError({
    operation,
    target: printName(table),
    happened: `this does not read as what stands between the parentheses of CREATE TABLE: ${JSON.stringify(text)}`,
    hint: "Write columns and constraints, for example 'id bigint PRIMARY KEY, email text NOT NULL, UNIQUE (email)'.",
  });
}

function unsupported(operation: string, table: ObjectName, text: string): UnsupportedError {
  return new UnsupportedError({
    operation,
    target: printName(table),
    happened: `this cannot be made along with the table: ${text}`,
    hint: 'Make the table without it, then the constraint or index by an operation of its own.',
  });
}
