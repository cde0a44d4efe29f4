/**
 * A spike, kept as a test: raw DDL becomes the same operations that explicit calls make, read by PostgreSQL's own parser. The tree tells
 * what a clause is; its text is taken word for word, so that nothing that SQL can say is lost.
 */
import { parse } from 'libpg-query';
import { parseColumnDefinition } from '../../packages/core/src/column-definition.js';
import { type Child, child } from '../../packages/core/src/engine/operation.js';
import { type Token, tokenize } from '../../packages/core/src/lexer.js';
import type { ObjectName } from '../../packages/core/src/names.js';
import { addColumn } from '../../packages/core/src/operations/add-column.js';
import { columnChildren } from '../../packages/core/src/operations/column-children.js';
import { createIndex, type IndexRequest } from '../../packages/core/src/operations/create-index.js';

// The part of the parser's tree that is read here.
interface RangeVar {
  readonly schemaname?: string;
  readonly relname: string;
}
interface AlterTable {
  readonly relation: RangeVar;
  readonly cmds: readonly {
    readonly AlterTableCmd: { readonly subtype: string; readonly def?: { readonly ColumnDef?: ColumnDef } };
  }[];
}
interface ColumnDef {
  readonly colname: string;
  readonly location: number;
}
interface IndexStatement {
  readonly relation: RangeVar;
  readonly idxname?: string;
  readonly unique?: boolean;
  readonly concurrent?: boolean;
  readonly indexParams: readonly { readonly IndexElem: { readonly name?: string } }[];
}

/** The operations of one statement, or null for a statement that this spike does not know. */
export async function readStatement(sql: string): Promise<readonly Child[] | null> {
  const tree = (await parse(sql)) as {
    stmts: readonly { stmt: { AlterTableStmt?: AlterTable; IndexStmt?: IndexStatement } }[];
  };
  const statement = tree.stmts[0]?.stmt;
  if (tree.stmts.length !== 1 || statement === undefined) return null;
  if (statement.AlterTableStmt !== undefined) return readAlterTable(sql, statement.AlterTableStmt);
  return statement.IndexStmt === undefined ? null : [readIndex(sql, statement.IndexStmt)];
}

function readAlterTable(sql: string, { relation, cmds }: AlterTable): readonly Child[] | null {
  const table = nameOf(relation);
  const tokens = tokenize(sql) ?? [];
  const operations: Child[] = [];
  for (const { AlterTableCmd } of cmds) {
    const column = AlterTableCmd.def?.ColumnDef;
    if (AlterTableCmd.subtype !== 'AT_AddColumn' || column === undefined) return null;
    // The column's name is the token at its location; its definition reaches to the next comma outside of parentheses.
    const at = tokens.findIndex((token) => Buffer.byteLength(sql.slice(0, token.start)) === column.location);
    const rest = tokens.slice(at + 1);
    const end = rest.findIndex(
      (token) => token.depth === 0 && (token.value === ',' || token.value === ';') && token.kind === 'symbol',
    );
    const text = sourceOf(sql, end < 0 ? rest : rest.slice(0, end));
    const { column: definition, constraints } = parseColumnDefinition('ALTER TABLE', column.colname, text);
    operations.push(
      child(addColumn, {
        table,
        column: column.colname,
        definition,
        ...columnChildren(table, { name: column.colname, definition, constraints }),
      }),
    );
  }
  return operations;
}

function readIndex(sql: string, statement: IndexStatement): Child {
  const tokens = (tokenize(sql) ?? []).filter((token) => !(token.kind === 'symbol' && token.value === ';'));
  const on = tokens.findIndex((token) => token.kind === 'word' && token.value === 'on');
  const tail = tokens.findIndex(
    (token, i) =>
      i > on &&
      token.depth <= 1 &&
      ((token.kind === 'word' && token.value === 'using') || (token.kind === 'symbol' && token.value === '(')),
  );
  const index: IndexRequest = {
    columns: statement.indexParams
      .map(({ IndexElem }) => IndexElem.name)
      .map((name) => (name === undefined ? { expression: 'true' } : name)),
    verbatim: sourceOf(sql, tokens.slice(tail)),
    ...(statement.idxname === undefined ? {} : { name: statement.idxname }),
    ...(statement.unique === true ? { unique: true } : {}),
  };
  return child(createIndex, { table: nameOf(statement.relation), index });
}

function nameOf({ schemaname, relname }: RangeVar): ObjectName {
  return { schema: schemaname, name: relname };
}

function sourceOf(sql: string, tokens: readonly Token[]): string {
  const first = tokens[0];
  const last = tokens.at(-1);
  return first === undefined || last === undefined ? '' : sql.slice(first.start, last.end);
}
