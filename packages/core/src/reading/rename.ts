/** RENAME, and SET SCHEMA, of anything. */
import type { AlterObjectSchemaStmt, Node, RenameStmt } from 'libpg-query';
import type { Lock } from '../engine/operation.js';
import { type ObjectName, printName } from '../names.js';
import { type SqlFragment, sql } from '../sql.js';
import { dottedName, objectParts, relationName } from './names.js';
import { exists, existsOn } from './objects.js';
import { isMoved } from './presence.js';
import { type Clause, oneClause, type Reading } from './reading.js';

interface Moved {
  readonly target: string;
  readonly from: SqlFragment | null;
  readonly to: SqlFragment | null;
  /** The name leads to what is there, which the server takes for done already. */
  readonly stays?: SqlFragment | null;
  readonly lock?: Lock;
}

export function readRename(text: string, stmt: RenameStmt): Reading {
  const moved = renamed(stmt);
  if (moved.from === null || moved.to === null)
    return {
      kind: 'unread',
      reason: 'what it renames is not looked up by its name',
      locks: moved.lock === undefined ? [] : [moved.lock],
    };
  return readMove('RENAME', text, moved as Complete, stmt.missing_ok === true);
}

export function readSetSchema(text: string, stmt: AlterObjectSchemaStmt): Reading {
  const { objectType = 'OBJECT_TABLE', newschema = '' } = stmt;
  const name = stmt.relation === undefined ? asName(stmt.object) : relationName(stmt.relation);
  const from = exists(objectType, name, newschema);
  const to = exists(objectType, { schema: newschema, name: name.name });
  if (from === null || to === null)
    return { kind: 'unread', reason: 'what it moves is not looked up by its name', locks: [] };
  const lock =
    stmt.relation === undefined ? {} : { lock: { on: name, mode: 'AccessExclusiveLock', kind: 'table' } as const };
  return readMove(
    'SET SCHEMA',
    text,
    { target: printName(name), from, to, stays: exists(objectType, name), ...lock },
    stmt.missing_ok === true,
  );
}

type Complete = Moved & { readonly from: SqlFragment; readonly to: SqlFragment };

/** Gone from there and present here: done. The other way round: to do. Both: nobody knows. Neither: the server says what is missing. */
function readMove(does: string, text: string, { target, from, to, stays, lock }: Complete, lenient: boolean): Reading {
  const done = sql`case when ${from} then case when ${to} then null else false end else ${to} end`;
  const clause: Clause = {
    text,
    judge: isMoved(target, text, done, stays ?? sql`false`),
    ...(lenient ? { whereThere: true } : {}),
  };
  return oneClause({ does, target, locks: lock === undefined ? [] : [lock], renames: true }, clause);
}

const RELATIONS: ReadonlySet<string> = new Set([
  'OBJECT_TABLE',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_FOREIGN_TABLE',
  'OBJECT_INDEX',
  'OBJECT_SEQUENCE',
]);

function renamed(stmt: RenameStmt): Moved {
  const { renameType = 'OBJECT_TABLE', subname = '', newname = '' } = stmt;
  const table = relationName(stmt.relation);
  const lock: Lock = { on: table, mode: 'AccessExclusiveLock', kind: 'table' };
  if (RELATIONS.has(renameType)) {
    const sameSchema = { schema: table.schema, name: newname };
    return {
      target: printName(table),
      from: relationExists(table),
      to: relationExists(sameSchema),
      ...(renameType === 'OBJECT_INDEX' || renameType === 'OBJECT_SEQUENCE' ? {} : { lock }),
    };
  }
  if (stmt.relation !== undefined)
    return {
      target: `${printName(table)}.${subname}`,
      from: existsOn(renameType, table, subname),
      to: existsOn(renameType, table, newname),
      lock,
    };
  const name = renameType === 'OBJECT_SCHEMA' ? { schema: undefined, name: subname } : asName(stmt.object);
  return {
    target: printName(name),
    from: exists(renameType, name),
    to: exists(renameType, { schema: name.schema, name: newname }),
  };
}

/** Of any kind: ALTER TABLE … RENAME takes views, sequences and indexes as well. */
function relationExists(name: ObjectName): SqlFragment {
  const kinds = [
    'OBJECT_TABLE',
    'OBJECT_INDEX',
    'OBJECT_SEQUENCE',
    'OBJECT_VIEW',
    'OBJECT_MATVIEW',
    'OBJECT_FOREIGN_TABLE',
  ];
  return sql`(${sql.join(
    kinds.map((kind) => exists(kind, name)).filter((each) => each !== null),
    ' or ',
  )})`;
}

function asName(object: Node | undefined): ObjectName {
  if (object !== undefined && 'List' in object) return dottedName(object.List.items);
  const parts = objectParts(object);
  return { schema: parts.at(-2), name: parts.at(-1) ?? '' };
}
