/** CREATE SEQUENCE, ALTER SEQUENCE. */
import type { AlterSeqStmt, CreateSeqStmt, Node } from 'libpg-query';
import { isNamed } from '../catalog/relation.js';
import type { Child } from '../engine/operation.js';
import { type Token, tokenize } from '../lexer.js';
import { type ObjectName, printName } from '../names.js';
import { type SqlFragment, sql } from '../sql.js';
import { skipName, skipWords, textFrom } from './clauses.js';
import { relationMadeAs, temporary } from './made-as.js';
import { relationName, textsOf } from './names.js';
import { isThere } from './presence.js';
import { SEQUENCE } from './prints.js';
import { oneClause, type Reading } from './reading.js';
import { asTwin, inTemporary } from './twin.js';

export function readCreateSequence(text: string, stmt: CreateSeqStmt): Reading {
  const sequence = relationName(stmt.sequence);
  const target = printName(sequence);
  const words = skipWords(text, 'create', 'unlogged', 'sequence', ['if', 'not', 'exists']);
  const owner = ownerOf(stmt.options);
  const judge = asTwin({
    target,
    text,
    object: relationMadeAs(sequence),
    make: [
      `CREATE TEMPORARY SEQUENCE ${inTemporary(sequence.name)} ${withoutOwner(textFrom(text, skipName(text, words)))}`,
    ],
    twin: temporary('pg_class', sequence.name),
    print: SEQUENCE,
  });
  const is = sql`(${relationMadeAs(sequence)})`;
  const also: Child[] = [
    isThere(
      target,
      text,
      sql`(select c.relpersistence = ${stmt.sequence?.relpersistence ?? 'p'} or null from pg_catalog.pg_class c where c.oid = ${is})`,
    ),
    ...(owner === undefined ? [] : [isThere(target, text, sql`${owns(is, owner)} or null`)]),
  ];
  return oneClause(
    { does: 'CREATE SEQUENCE', target, locks: [] },
    { text, judge, also, ...(stmt.if_not_exists === true ? { lenient: true } : {}) },
  );
}

/** Null: OWNED BY NONE. Undefined: nothing is said. */
function ownerOf(options: readonly Node[] = []): readonly string[] | null | undefined {
  const owned = options.flatMap((node) =>
    'DefElem' in node && node.DefElem.defname === 'owned_by' ? [node.DefElem] : [],
  )[0];
  if (owned?.arg === undefined || !('List' in owned.arg)) return undefined;
  const names = textsOf(owned.arg.List.items);
  return names.length === 1 ? null : names;
}

function owns(sequence: SqlFragment, owner: readonly string[] | null): SqlFragment {
  const link = sql`from pg_catalog.pg_depend d join pg_catalog.pg_class c on c.oid = d.refobjid join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid
    where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = ${sequence} and d.deptype in ('a', 'i')`;
  if (owner === null) return sql`not exists (select ${link})`;
  const table: ObjectName = { schema: owner.at(-3), name: owner.at(-2) ?? '' };
  return sql`exists (select ${link} and ${isNamed('c', table)} and a.attname = ${owner.at(-1) ?? ''}::name)`;
}

/** A temporary sequence belongs to no permanent table. */
function withoutOwner(text: string): string {
  const tokens = tokenize(text) ?? [];
  const at = tokens.findIndex((t, i) => isWord(t, 'owned') && isWord(tokens[i + 1], 'by'));
  if (at === -1) return text;
  const behind = tokens[skipName(text, at + 2)];
  return `${text.slice(0, tokens[at]?.start)}${behind === undefined ? '' : text.slice(behind.start)}`;
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.value === word;
}

/** What it says of the sequence it says again a second time; RESTART gives other numbers to the rows that come. */
export function readAlterSequence(text: string, stmt: AlterSeqStmt): Reading {
  const sequence = relationName(stmt.sequence);
  const options = (stmt.options ?? []).flatMap((node) => ('DefElem' in node ? [node.DefElem.defname ?? ''] : []));
  const owner = ownerOf(stmt.options);
  if (options.includes('restart')) return { kind: 'other', rows: 'writes' };
  const only = options.length === 1 && owner !== undefined;
  const is = sql`(select c.oid from pg_catalog.pg_class c where ${isNamed('c', sequence)})`;
  return oneClause(
    { does: 'ALTER SEQUENCE', target: printName(sequence), locks: [] },
    {
      text,
      judge: only ? isThere(printName(sequence), text, sql`${is} is not null and ${owns(is, owner)}`) : 'again',
      again: true,
    },
  );
}
