/** Statements that make an object. */
import type { AlterEnumStmt, CreateEnumStmt, CreateExtensionStmt, CreateSchemaStmt, IndexStmt } from 'libpg-query';
import { SHADOW } from '../catalog/canonical.js';
import { isNamed } from '../catalog/relation.js';
import { type Child, child } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { addEnumValue } from '../operations/add-enum-value.js';
import { createEnum } from '../operations/create-enum.js';
import { createIndex, type IndexColumn, type IndexRequest } from '../operations/create-index.js';
import { createSchema } from '../operations/create-schema.js';
import { renameEnumValue } from '../operations/rename-enum-value.js';
import { type SqlFragment, sql } from '../sql.js';
import { skipName, skipWords, textFrom } from './clauses.js';
import { dottedName, relationName, textsOf } from './names.js';
import { exists } from './objects.js';
import { isThere } from './presence.js';
import { INDEX } from './prints.js';
import { type Clause, oneClause, type Reading } from './reading.js';
import { asTwin } from './twin.js';
import { unlessThere } from './unless-there.js';

/** The definition is kept word for word: operator classes, storage parameters, collations. */
export function readCreateIndex(text: string, stmt: IndexStmt): Reading {
  const table = relationName(stmt.relation);
  const words = skipWords(text, 'create', 'unique', 'index', 'concurrently', ['if', 'not', 'exists']);
  const named = stmt.idxname === undefined ? words : words + 1;
  const tail = textFrom(text, skipName(text, named + skipWords(textFrom(text, named), 'on', 'only')));
  // The tree leaves out what is false.
  const only = stmt.relation?.inh !== true;
  const index: IndexRequest = {
    columns: (stmt.indexParams ?? []).flatMap((node): IndexColumn[] =>
      'IndexElem' in node ? [node.IndexElem.name ?? { expression: 'true' }] : [],
    ),
    verbatim: tail,
    name: stmt.idxname ?? '',
    onlyByName: true,
    ...(stmt.unique === true ? { unique: true } : {}),
    // Which rows count, and what of them, stands in the text alone: duplicates the server finds.
    ...(countsOtherwise(stmt) ? { noDuplicates: true } : {}),
  };
  const clause: Clause =
    stmt.idxname === undefined
      ? { text, judge: indexTwin(text, table, `${stmt.unique === true ? 'UNIQUE ' : ''}INDEX ON ${SHADOW} ${tail}`) }
      : only
        ? unlessThere(text, stmt.idxname, exists('OBJECT_INDEX', { ...table, name: stmt.idxname }))
        : { text, judge: child(createIndex, { table, index }), stands: true };
  return {
    ...oneClause(
      {
        does: 'CREATE INDEX',
        target: stmt.idxname ?? printName(table),
        locks: [
          { on: table, mode: stmt.concurrent === true ? 'ShareUpdateExclusiveLock' : 'ShareLock', kind: 'table' },
        ],
        ...(stmt.concurrent === true ? { outside: true } : { of: table }),
      },
      {
        ...clause,
        ...(stmt.if_not_exists === true ? { lenient: true } : {}),
        ...(stmt.idxname === undefined ? { again: true, unnamed: true } : {}),
      },
    ),
  };
}

function countsOtherwise({ indexParams = [], whereClause, nulls_not_distinct }: IndexStmt): boolean {
  const expressions = indexParams.some((node) => 'IndexElem' in node && node.IndexElem.expr !== undefined);
  return expressions || whereClause !== undefined || nulls_not_distinct === true;
}

/** Without a name, the server gives it one and numbers what is taken: any that is the same will do, and that no constraint has made. */
function indexTwin(text: string, table: ObjectName, what: string): Child {
  return asTwin({
    target: printName(table),
    text,
    object: sql`select i.indexrelid from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indrelid and ${isNamed('c', table)} where (i.indisvalid or c.relkind = 'p')
      and not exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))`,
    among: true,
    work: { kind: 'scan', of: table },
    make: [`CREATE TEMPORARY TABLE ${SHADOW} (LIKE ${quoteName(table)})`, `CREATE ${what}`],
    twin: `select i.indexrelid from pg_catalog.pg_index i where i.indrelid = '${SHADOW}'::regclass`,
    print: INDEX,
  });
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
