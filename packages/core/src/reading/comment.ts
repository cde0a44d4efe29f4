/** COMMENT ON: the same comment is not written again. */
import type { CommentStmt } from 'libpg-query';
import { isNamed, isTypeNamed } from '../catalog/relation.js';
import { type Child, child } from '../engine/operation.js';
import type { ObjectName } from '../names.js';
import { printName } from '../names.js';
import { setComment } from '../operations/set-comment.js';
import { type SqlFragment, sql } from '../sql.js';
import { objectParts } from './names.js';
import { isThere } from './presence.js';
import { oneClause, type Reading } from './reading.js';

const TABLES: ReadonlySet<string> = new Set(['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_MATVIEW', 'OBJECT_FOREIGN_TABLE']);

export function readComment(text: string, stmt: CommentStmt): Reading {
  const { objtype = 'OBJECT_TABLE', comment } = stmt;
  const wanted = comment === undefined || comment === '' ? null : comment;
  const parts = objectParts(stmt.object);
  const judge = judgeOf(text, objtype, parts, wanted);
  return oneClause(
    { does: 'COMMENT', target: parts.join('.'), locks: [], ...tableOf(objtype, parts) },
    { text, judge: judge ?? 'again', again: true },
  );
}

function tableOf(kind: string, parts: readonly string[]): { readonly of?: ObjectName } {
  if (kind === 'OBJECT_TABLE') return { of: { schema: parts.at(-2), name: parts.at(-1) ?? '' } };
  return kind === 'OBJECT_COLUMN' ? { of: { schema: parts.at(-3), name: parts.at(-2) ?? '' } } : {};
}

function judgeOf(text: string, kind: string, parts: readonly string[], wanted: string | null): Child | null {
  const name: ObjectName = { schema: parts.at(-2), name: parts.at(-1) ?? '' };
  if (TABLES.has(kind)) return child(setComment, { table: name, column: undefined, text: wanted });
  if (kind === 'OBJECT_COLUMN') {
    const table = { schema: parts.at(-3), name: parts.at(-2) ?? '' };
    return child(setComment, { table, column: parts.at(-1) ?? '', text: wanted });
  }
  const there = commented(kind, name, parts, wanted);
  return there === null ? null : isThere(printName(name), text, there);
}

function commented(
  kind: string,
  name: ObjectName,
  parts: readonly string[],
  wanted: string | null,
): SqlFragment | null {
  const is = (catalog: string, alias: string, condition: SqlFragment): SqlFragment =>
    sql`exists (select from ${sql.raw(`pg_catalog.${catalog} ${alias}`)} where ${condition}
      and ${sql.raw(`pg_catalog.obj_description(${alias}.oid, '${catalog}')`)} is not distinct from ${wanted})`;
  switch (kind) {
    case 'OBJECT_INDEX':
    case 'OBJECT_SEQUENCE':
      return is('pg_class', 'c', isNamed('c', name));
    case 'OBJECT_TYPE':
    case 'OBJECT_DOMAIN':
      return is('pg_type', 't', isTypeNamed('t', name));
    case 'OBJECT_SCHEMA':
      return is('pg_namespace', 'n', sql`n.nspname = ${name.name}::name`);
    case 'OBJECT_TABCONSTRAINT': {
      const table = { schema: parts.at(-3), name: parts.at(-2) ?? '' };
      return is(
        'pg_constraint',
        'k',
        sql`k.conname = ${name.name}::name and k.conrelid = (select c.oid from pg_catalog.pg_class c where ${isNamed('c', table)})`,
      );
    }
    default:
      return null;
  }
}
