/** Statements that make an object. */
import type {
  AlterEnumStmt,
  CreateEnumStmt,
  CreateExtensionStmt,
  CreateSchemaStmt,
  CreateSeqStmt,
  CreateStmt,
  CreateTableAsStmt,
  CreateTrigStmt,
  IndexStmt,
  ViewStmt,
} from 'libpg-query';
import { child } from '../engine/operation.js';
import { tokenize } from '../lexer.js';
import { type ObjectName, printName } from '../names.js';
import { addEnumValue } from '../operations/add-enum-value.js';
import { createEnum } from '../operations/create-enum.js';
import { createIndex, type IndexColumn, type IndexRequest } from '../operations/create-index.js';
import { createSchema } from '../operations/create-schema.js';
import { createTable } from '../operations/create-table.js';
import { createView } from '../operations/create-view.js';
import { renameEnumValue } from '../operations/rename-enum-value.js';
import { tableParts } from '../operations/table-parts.js';
import { type SqlFragment, sql } from '../sql.js';
import { parseTableDefinition } from '../table-definition.js';
import { skipName, skipWords, textFrom } from './clauses.js';
import { dottedName, relationName, textsOf } from './names.js';
import { exists, existsOn } from './objects.js';
import { isThere } from './presence.js';
import { type Clause, oneClause, type Reading } from './reading.js';
import { unreadable } from './unreadable.js';

/** Something has the name: whether it is the same thing nothing tells. */
export function unlessThere(text: string, target: string, there: SqlFragment | null): Clause {
  if (there === null) return { text, judge: { why: 'objects of this kind are not looked up' } };
  return { text, judge: isThere(target, text, sql`case when ${there} then null else false end`) };
}

export function readCreateTable(text: string, stmt: CreateStmt): Reading {
  const table = relationName(stmt.relation);
  const target = printName(table);
  const lenient = stmt.if_not_exists === true ? { lenient: true as const } : {};
  const isOrdinary =
    stmt.relation?.relpersistence === 'p' &&
    stmt.partspec === undefined &&
    stmt.partbound === undefined &&
    stmt.ofTypename === undefined &&
    (stmt.inhRelations ?? []).length === 0 &&
    (stmt.options ?? []).length === 0 &&
    stmt.accessMethod === undefined &&
    stmt.tablespacename === undefined;
  const fallback = unlessThere(text, target, exists('OBJECT_TABLE', table));
  const clause = isOrdinary
    ? unreadable(text, () => {
        const at = skipName(text, skipWords(text, 'create', 'table', ['if', 'not', 'exists']));
        const parts = tableParts(
          'CREATE TABLE',
          table,
          parseTableDefinition('CREATE TABLE', table, inParentheses(text, at)),
        );
        return { text, judge: child(createTable, { table, parts, complete: false }) };
      })
    : fallback;
  const judged = isUnread(clause) ? fallback : clause;
  return oneClause(
    { does: 'CREATE TABLE', target, locks: stmt.partbound === undefined ? [] : parentLocks(stmt) },
    { ...judged, ...lenient },
  );
}

function isUnread({ judge }: Clause): boolean {
  return judge !== 'again' && 'why' in judge;
}

/** A new partition waits for everybody on the table that it becomes a part of. */
function parentLocks(stmt: CreateStmt): Reading extends infer R ? (R extends { locks: infer L } ? L : never) : never {
  return (stmt.inhRelations ?? []).flatMap((node) =>
    'RangeVar' in node
      ? [{ on: relationName(node.RangeVar), mode: 'AccessExclusiveLock', kind: 'table' } as const]
      : [],
  );
}

function inParentheses(text: string, at: number): string {
  const tokens = (tokenize(text) ?? []).slice(at);
  const [open, close] = [tokens[0], tokens.find((t) => t.kind === 'symbol' && t.value === ')' && t.depth === 1)];
  return open === undefined || close === undefined ? '' : text.slice(open.end, close.start);
}

export function readCreateTableAs(text: string, stmt: CreateTableAsStmt): Reading {
  const name = relationName(stmt.into?.rel);
  const kind = stmt.objtype ?? 'OBJECT_TABLE';
  return oneClause(
    {
      does: kind === 'OBJECT_MATVIEW' ? 'CREATE MATERIALIZED VIEW' : 'CREATE TABLE AS',
      target: printName(name),
      locks: [],
    },
    {
      ...unlessThere(text, printName(name), exists(kind, name)),
      ...(stmt.if_not_exists === true ? { lenient: true } : {}),
    },
  );
}

/** The definition is kept word for word: operator classes, storage parameters, collations. */
export function readCreateIndex(text: string, stmt: IndexStmt): Reading {
  const table = relationName(stmt.relation);
  const words = skipWords(text, 'create', 'unique', 'index', 'concurrently', ['if', 'not', 'exists']);
  const named = stmt.idxname === undefined ? words : words + 1;
  const tail = textFrom(text, skipName(text, named + skipWords(textFrom(text, named), 'on', 'only')));
  const only = stmt.relation?.inh === false;
  const index: IndexRequest = {
    columns: (stmt.indexParams ?? []).flatMap((node): IndexColumn[] =>
      'IndexElem' in node ? [node.IndexElem.name ?? { expression: 'true' }] : [],
    ),
    verbatim: tail,
    ...(stmt.idxname === undefined ? {} : { name: stmt.idxname, onlyByName: true as const }),
    ...(stmt.unique === true ? { unique: true } : {}),
  };
  const clause: Clause = only
    ? unlessThere(
        text,
        stmt.idxname ?? printName(table),
        stmt.idxname === undefined ? null : exists('OBJECT_INDEX', { ...table, name: stmt.idxname }),
      )
    : { text, judge: child(createIndex, { table, index }), stands: true };
  return {
    ...oneClause(
      {
        does: 'CREATE INDEX',
        target: stmt.idxname ?? printName(table),
        locks: [
          { on: table, mode: stmt.concurrent === true ? 'ShareUpdateExclusiveLock' : 'ShareLock', kind: 'table' },
        ],
        ...(stmt.concurrent === true ? { outside: true } : {}),
      },
      {
        ...clause,
        ...(stmt.if_not_exists === true ? { lenient: true } : {}),
        ...(stmt.idxname === undefined ? { again: true } : {}),
      },
    ),
  };
}

export function readCreateEnum(text: string, stmt: CreateEnumStmt): Reading {
  const type = dottedName(stmt.typeName);
  const judge = child(createEnum, { type, values: textsOf(stmt.vals) });
  return oneClause({ does: 'CREATE TYPE', target: printName(type), locks: [] }, { text, judge });
}

export function readAlterEnum(text: string, stmt: AlterEnumStmt): Reading {
  const type = dottedName(stmt.typeName);
  const { newVal = '', oldVal, newValNeighbor, newValIsAfter } = stmt;
  const position =
    newValNeighbor === undefined ? {} : newValIsAfter === true ? { after: newValNeighbor } : { before: newValNeighbor };
  return oneClause(
    { does: 'ALTER TYPE', target: printName(type), locks: [] },
    {
      text,
      judge:
        oldVal === undefined
          ? child(addEnumValue, { type, value: newVal, position })
          : child(renameEnumValue, { type, from: oldVal, to: newVal }),
      ...(stmt.skipIfNewValExists === true ? { lenient: true } : {}),
    },
  );
}

export function readCreateSchema(text: string, stmt: CreateSchemaStmt): Reading {
  const { schemaname = '', authrole } = stmt;
  const lenient = stmt.if_not_exists === true ? { lenient: true as const } : {};
  const target = schemaname;
  if (schemaname === '' || authrole !== undefined || (stmt.schemaElts ?? []).length > 0)
    return oneClause(
      { does: 'CREATE SCHEMA', target, locks: [] },
      { ...unlessThere(text, target, exists('OBJECT_SCHEMA', { schema: undefined, name: schemaname })), ...lenient },
    );
  return oneClause(
    { does: 'CREATE SCHEMA', target, locks: [] },
    { text, judge: child(createSchema, { schema: schemaname }), ...lenient },
  );
}

export function readCreateExtension(text: string, stmt: CreateExtensionStmt): Reading {
  const { extname = '' } = stmt;
  const there = exists('OBJECT_EXTENSION', { schema: undefined, name: extname });
  return oneClause(
    { does: 'CREATE EXTENSION', target: extname, locks: [] },
    {
      // Its version and schema are the server's business as long as nobody names them.
      ...((stmt.options ?? []).length === 0
        ? { text, judge: isThere(extname, text, there as SqlFragment) }
        : unlessThere(text, extname, there)),
      ...(stmt.if_not_exists === true ? { lenient: true } : {}),
    },
  );
}

export function readCreateSequence(text: string, stmt: CreateSeqStmt): Reading {
  const sequence = relationName(stmt.sequence);
  return oneClause(
    { does: 'CREATE SEQUENCE', target: printName(sequence), locks: [] },
    {
      ...unlessThere(text, printName(sequence), exists('OBJECT_SEQUENCE', sequence)),
      ...(stmt.if_not_exists === true ? { lenient: true } : {}),
    },
  );
}

export function readCreateView(text: string, stmt: ViewStmt): Reading {
  const view = relationName(stmt.view);
  const target = printName(view);
  const plain =
    (stmt.aliases ?? []).length === 0 &&
    (stmt.options ?? []).length === 0 &&
    stmt.withCheckOption === 'NO_CHECK_OPTION';
  const as = (tokenize(text) ?? []).find((t) => t.kind === 'word' && t.value === 'as' && t.depth === 0);
  const clause: Clause =
    stmt.replace === true
      ? { text, judge: 'again', again: true }
      : plain && as !== undefined && stmt.view?.relpersistence === 'p'
        ? { text, judge: child(createView, { view, select: text.slice(as.end).trim() }) }
        : unlessThere(text, target, exists('OBJECT_VIEW', view));
  return oneClause({ does: 'CREATE VIEW', target, locks: [] }, clause);
}

export function readCreateTrigger(text: string, stmt: CreateTrigStmt): Reading {
  const table = relationName(stmt.relation);
  const { trigname = '' } = stmt;
  const target = `${printName(table)}.${trigname}`;
  const clause: Clause =
    stmt.replace === true
      ? { text, judge: 'again', again: true }
      : unlessThere(text, target, existsOn('OBJECT_TRIGGER', table, trigname));
  return oneClause(
    { does: 'CREATE TRIGGER', target, locks: [{ on: table, mode: 'ShareRowExclusiveLock', kind: 'table' }] },
    clause,
  );
}

/** CREATE TYPE … AS (…), CREATE DOMAIN, CREATE TYPE … AS RANGE. */
export function readCreateType(does: string, text: string, type: ObjectName): Reading {
  return oneClause(
    { does, target: printName(type), locks: [] },
    unlessThere(text, printName(type), exists('OBJECT_TYPE', type)),
  );
}
