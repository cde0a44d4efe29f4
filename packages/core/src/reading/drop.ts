/** DROP of one object or several. */
import type { DropStmt, Node } from 'libpg-query';
import type { Lock } from '../engine/operation.js';
import { tokenize } from '../lexer.js';
import { printName } from '../names.js';
import { type SqlFragment, sql } from '../sql.js';
import { cutClauses } from './clauses.js';
import { dottedName, objectParts } from './names.js';
import { exists, existsOn } from './objects.js';
import { isThere } from './presence.js';
import type { Clause, Reading } from './reading.js';

const OF_TABLE: ReadonlySet<string> = new Set(['OBJECT_TRIGGER', 'OBJECT_POLICY', 'OBJECT_RULE']);
const CALLED: ReadonlySet<string> = new Set([
  'OBJECT_FUNCTION',
  'OBJECT_PROCEDURE',
  'OBJECT_ROUTINE',
  'OBJECT_AGGREGATE',
]);
const EXCLUSIVE: ReadonlySet<string> = new Set([
  'OBJECT_TABLE',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_FOREIGN_TABLE',
]);

export function readDrop(text: string, stmt: DropStmt): Reading {
  const { removeType = 'OBJECT_TABLE', objects = [] } = stmt;
  const found = objects.map((object) => ({ object, ...lookUp(removeType, object) }));
  const locks = found.flatMap(({ lock }) => (lock === undefined ? [] : [lock]));
  const outside = stmt.concurrent === true ? { outside: true as const } : {};
  const cut = cutObjects(text, objects.length);
  if (cut === null || found.some(({ there }) => there === null))
    return { kind: 'unread', reason: 'what it drops is not looked up by its name', locks, ...outside };
  const clauses = found.map(
    ({ target, there }, i): Clause => ({
      text: cut.objects[i] as string,
      judge: isThere(target, text, sql`not ${there as SqlFragment}`),
      ...(removeType === 'OBJECT_TABLE' ? { rows: true } : {}),
      ...(stmt.missing_ok === true ? { lenient: true } : {}),
    }),
  );
  return {
    kind: 'schema',
    does: `DROP ${removeType.replace('OBJECT_', '').replace('MATVIEW', 'MATERIALIZED VIEW').replaceAll('_', ' ')}`,
    target: found.map(({ target }) => target).join(', '),
    clauses,
    join: (some) => cut.head + some.map((each) => each.text).join(', ') + cut.tail,
    locks,
    renames: true,
    ...outside,
  };
}

interface Looked {
  readonly target: string;
  readonly there: SqlFragment | null;
  readonly lock?: Lock;
}

function lookUp(kind: string, object: Node): Looked {
  if (CALLED.has(kind) && 'ObjectWithArgs' in object) {
    const { objname, objargs = [], args_unspecified } = object.ObjectWithArgs;
    const name = dottedName(objname);
    const placed =
      name.schema === undefined
        ? sql`pg_catalog.pg_function_is_visible(p.oid)`
        : sql`p.pronamespace = (select n.oid from pg_catalog.pg_namespace n where n.nspname = ${name.schema}::name)`;
    // Overloads with other types of as many arguments are told apart by the server: it says which one is missing.
    const many = args_unspecified === true ? sql`true` : sql`p.pronargs = ${objargs.length}`;
    return {
      target: printName(name),
      there: sql`exists (select from pg_catalog.pg_proc p where p.proname = ${name.name}::name and ${placed} and ${many})`,
    };
  }
  const parts = objectParts(object);
  if (OF_TABLE.has(kind)) {
    const table = { schema: parts.at(-3), name: parts.at(-2) ?? '' };
    const name = parts.at(-1) ?? '';
    return {
      target: `${printName(table)}.${name}`,
      there: existsOn(kind, table, name),
      lock: { on: table, mode: 'AccessExclusiveLock', kind: 'table' },
    };
  }
  const name = { schema: parts.at(-2), name: parts.at(-1) ?? '' };
  return {
    target: printName(name),
    there: exists(kind, name),
    ...(EXCLUSIVE.has(kind) ? { lock: { on: name, mode: 'AccessExclusiveLock', kind: 'table' } as const } : {}),
  };
}

interface CutObjects {
  readonly head: string;
  readonly objects: readonly string[];
  readonly tail: string;
}

/** `DROP TABLE IF EXISTS a, b CASCADE`: before, each object, and CASCADE or RESTRICT behind the last. */
function cutObjects(text: string, count: number): CutObjects | null {
  const tokens = tokenize(text) ?? [];
  const last = tokens.at(-1);
  const behavior = last?.kind === 'word' && (last.value === 'cascade' || last.value === 'restrict') ? last : undefined;
  const own = text.slice(0, behavior?.start).trimEnd();
  const KINDS = 3;
  let skip = 1;
  while (skip <= KINDS && DROPPED.has(tokens[skip]?.value ?? '') && tokens[skip]?.kind === 'word') skip += 1;
  if (tokens[skip]?.value === 'concurrently') skip += 1;
  if (tokens[skip]?.value === 'if' && tokens[skip + 1]?.value === 'exists') skip += 2;
  const cut = cutClauses(own, skip, count);
  if (cut === null) return null;
  return {
    head: cut.head,
    objects: cut.clauses,
    tail: behavior === undefined ? '' : ` ${behavior.value.toUpperCase()}`,
  };
}

const DROPPED: ReadonlySet<string> = new Set([
  'table',
  'index',
  'sequence',
  'materialized',
  'view',
  'foreign',
  'type',
  'domain',
  'schema',
  'extension',
  'function',
  'procedure',
  'routine',
  'aggregate',
  'trigger',
  'policy',
  'rule',
  'collation',
  'statistics',
  'event',
  'publication',
]);
