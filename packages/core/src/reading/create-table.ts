/** CREATE TABLE: its columns and what hangs on them are judged one by one, its form by a twin. */
import type { Constraint, CreateStmt, CreateTableAsStmt, Node } from 'libpg-query';
import { isNamed } from '../catalog/relation.js';
import { type Child, child, type Lock } from '../engine/operation.js';
import { tokenize } from '../lexer.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { createTable } from '../operations/create-table.js';
import { tableParts } from '../operations/table-parts.js';
import { type SqlFragment, sql } from '../sql.js';
import { parseTableDefinition } from '../table-definition.js';
import { cutClauses, skipName, skipWords, textFrom } from './clauses.js';
import { referencedLocks, refersToKey, withoutReferences } from './foreign-key.js';
import { later } from './later.js';
import { relationMadeAs, temporary } from './made-as.js';
import { relationName } from './names.js';
import { exists } from './objects.js';
import { isThere } from './presence.js';
import { PARTITION, TABLE_SHAPE, WHOLE_TABLE } from './prints.js';
import { type Clause, type Judging, oneClause, type Reading } from './reading.js';
import { asTwin, inTemporary, withTail } from './twin.js';
import { unlessThere } from './unless-there.js';

const WORDS = ['create', 'unlogged', 'table', ['if', 'not', 'exists']] as const;

export function readCreateTable(text: string, stmt: CreateStmt): Reading {
  const table = relationName(stmt.relation);
  const target = printName(table);
  const clause: Clause =
    stmt.partbound === undefined
      ? {
          text,
          ...later(
            () => readTable(text, table, stmt),
            () => byName(text, table),
          ),
        }
      : { text, ...readPartition(text, table, stmt) };
  const creates = stmt.if_not_exists === true ? {} : { creates: table };
  return oneClause(
    {
      does: 'CREATE TABLE',
      target,
      locks: [
        ...(stmt.partbound === undefined ? [] : parentLocks(stmt)),
        ...referencedLocks(table, stmt.tableElts ?? []),
      ],
      ...creates,
    },
    { ...clause, ...(stmt.if_not_exists === true ? { lenient: true } : {}) },
  );
}

function byName(text: string, table: ObjectName): Judging {
  return unlessThere(text, printName(table), exists('OBJECT_TABLE', table));
}

function readTable(text: string, table: ObjectName, stmt: CreateStmt): Judging {
  const at = skipName(text, skipWords(text, ...WORDS));
  const list = listAt(text, at);
  const elements = stmt.tableElts ?? [];
  if (list === null || stmt.ofTypename !== undefined || elements.some((node) => 'TableLikeClause' in node))
    return { judge: wholeTwin(text, table, stmt) };
  const cut = cutClauses(list.inner, 0, elements.length);
  const keys = elements.flatMap(keysOf);
  const inner = keys.length === 0 ? list.inner : cut?.clauses.flatMap(withoutReferences).join(', ');
  const parents = (stmt.inhRelations ?? []).flatMap((node) =>
    'RangeVar' in node ? [relationName(node.RangeVar)] : [],
  );
  return {
    judge: child(createTable, {
      table,
      parts: tableParts('CREATE TABLE', table, parseTableDefinition('CREATE TABLE', table, inner ?? '')),
      complete: false,
      kind: kindOf(stmt),
    }),
    also: [
      shapeTwin(text, table, stmt, list.behind),
      isThere(printName(table), text, sql`${inherits(table, parents)} or null`),
      ...keys.map(({ columns, key }) =>
        isThere(printName(table), text, sql`${refersToKey(table, columns, key)} or null`),
      ),
    ],
  };
}

/** As createTable calls what stands there. */
function kindOf({ relation, partspec, inhRelations = [] }: CreateStmt): string {
  if (inhRelations.length > 0) return 'table that inherits';
  return `${relation?.relpersistence === 'u' ? 'unlogged ' : ''}${partspec === undefined ? '' : 'partitioned '}table`;
}

interface Key {
  readonly columns: readonly string[];
  readonly key: Constraint;
}

/** Foreign keys that name no columns of the other table: its primary key is meant. */
function keysOf(node: Node): readonly Key[] {
  const open = (each: Node): readonly Constraint[] =>
    'Constraint' in each && each.Constraint.contype === 'CONSTR_FOREIGN' && each.Constraint.pk_attrs === undefined
      ? [each.Constraint]
      : [];
  if ('ColumnDef' in node) {
    const { colname = '', constraints = [] } = node.ColumnDef;
    return constraints.flatMap(open).map((key) => ({ columns: [colname], key }));
  }
  return open(node).map((key) => ({
    columns: (key.fk_attrs ?? []).flatMap((each) => ('String' in each ? [each.String.sval ?? ''] : [])),
    key,
  }));
}

function inherits(table: ObjectName, parents: readonly ObjectName[]): SqlFragment {
  const wanted = parents.map(
    (
      parent,
      i,
    ) => sql`exists (select from pg_catalog.pg_inherits i join pg_catalog.pg_class p on p.oid = i.inhparent and ${isNamed('p', parent)}
      where i.inhrelid = (${relationMadeAs(table)}) and i.inhseqno = ${i + 1})`,
  );
  const count = sql`(select count(*) from pg_catalog.pg_inherits i where i.inhrelid = (${relationMadeAs(table)})) = ${parents.length}`;
  return sql`(${sql.join([count, ...wanted], ' and ')})`;
}

/** Kind, storage, partitioning, by what stands behind the list of columns. */
function shapeTwin(text: string, table: ObjectName, stmt: CreateStmt, behind: string): Child {
  return asTwin({
    target: printName(table),
    text,
    object: relationMadeAs(table),
    make: [`CREATE TEMPORARY TABLE ${inTemporary(table.name)} (LIKE ${quoteName(table)}) ${withoutParents(behind)}`],
    twin: temporary('pg_class', table.name),
    print: TABLE_SHAPE,
    expect: { persistence: stmt.relation?.relpersistence ?? 'p' },
  });
}

/** `INHERITS (a, b) PARTITION BY …` */
function withoutParents(text: string): string {
  const tokens = tokenize(text) ?? [];
  if (tokens[0]?.value !== 'inherits') return text;
  const close = tokens.find((t) => t.kind === 'symbol' && t.value === ')' && t.depth === 1);
  return text.slice(close?.end);
}

function wholeTwin(text: string, table: ObjectName, stmt: CreateStmt): Child {
  return asTwin({
    target: printName(table),
    text,
    object: relationMadeAs(table),
    make: [
      `CREATE TEMPORARY TABLE ${inTemporary(table.name)} ${textFrom(text, skipName(text, skipWords(text, ...WORDS)))}`,
    ],
    twin: temporary('pg_class', table.name),
    print: WHOLE_TABLE,
    expect: { persistence: stmt.relation?.relpersistence ?? 'p' },
  });
}

/** `PARTITION OF parent FOR VALUES …`: a partition of an empty table that is cut like the parent. */
function readPartition(text: string, table: ObjectName, stmt: CreateStmt): Judging {
  const [parent] = (stmt.inhRelations ?? []).flatMap((node) =>
    'RangeVar' in node ? [relationName(node.RangeVar)] : [],
  );
  const target = printName(table);
  if (parent === undefined || (stmt.tableElts ?? []).length > 0) return byName(text, table);
  const of = skipName(text, skipWords(text, ...WORDS)) + 2;
  const key = sql`(select pg_catalog.pg_get_partkeydef(p.oid) from pg_catalog.pg_class p where ${isNamed('p', parent)})`;
  const copy = `CREATE TEMPORARY TABLE pg_temp.holdfast_parent (LIKE ${quoteName(parent)}) PARTITION BY `;
  return {
    judge: asTwin({
      target,
      text,
      object: relationMadeAs(table),
      make: [
        withTail(copy, key),
        `CREATE TEMPORARY TABLE ${inTemporary(table.name)} PARTITION OF pg_temp.holdfast_parent ${textFrom(text, skipName(text, of))}`,
      ],
      twin: temporary('pg_class', table.name),
      print: PARTITION,
      expect: { persistence: stmt.relation?.relpersistence ?? 'p' },
    }),
    also: [isThere(target, text, sql`${inherits(table, [parent])} or null`)],
  };
}

/** A new partition waits for everybody on the table that it becomes a part of. */
function parentLocks(stmt: CreateStmt): readonly Lock[] {
  return (stmt.inhRelations ?? []).flatMap((node) =>
    'RangeVar' in node ? [{ on: relationName(node.RangeVar), mode: 'AccessExclusiveLock', kind: 'table' }] : [],
  );
}

/** What the parentheses at a token hold, and what stands behind them. */
function listAt(text: string, at: number): { readonly inner: string; readonly behind: string } | null {
  const tokens = (tokenize(text) ?? []).slice(at);
  const [open, close] = [tokens[0], tokens.find((t) => t.kind === 'symbol' && t.value === ')' && t.depth === 1)];
  return open?.value !== '(' || close === undefined
    ? null
    : { inner: text.slice(open.end, close.start), behind: text.slice(close.end) };
}

/** CREATE TABLE AS: its rows are of the moment in which it ran. */
export function readCreateTableAs(text: string, stmt: CreateTableAsStmt): Reading {
  const name = relationName(stmt.into?.rel);
  return oneClause(
    { does: 'CREATE TABLE AS', target: printName(name), locks: [] },
    {
      ...unlessThere(text, printName(name), exists('OBJECT_TABLE', name)),
      ...(stmt.if_not_exists === true ? { lenient: true } : {}),
    },
  );
}
