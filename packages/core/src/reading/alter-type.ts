/** ALTER TYPE … ATTRIBUTE, ALTER DOMAIN. */
import type { AlterDomainStmt, AlterTableCmd, Constraint } from 'libpg-query';
import { SHADOW } from '../catalog/canonical.js';
import { isNamed, isTypeNamed } from '../catalog/relation.js';
import { type ObjectName, printName } from '../names.js';
import { quoteLiteral, type SqlFragment, sql } from '../sql.js';
import { skipName, skipWords, textFrom } from './clauses.js';
import { dottedName } from './names.js';
import { isThere } from './presence.js';
import { CONSTRAINT } from './prints.js';
import { type Clause, oneClause, type Reading } from './reading.js';
import { asTwin, withTail } from './twin.js';

/** One clause of ALTER TYPE: an attribute of a composite type. */
export function attributeClause(
  type: ObjectName,
  { subtype, name = '', def, missing_ok }: AlterTableCmd,
  text: string,
): Clause {
  const lenient = missing_ok === true ? { lenient: true as const } : {};
  const target = (attribute: string): string => `${printName(type)}.${attribute}`;
  if (subtype === 'AT_DropColumn')
    return {
      text,
      judge: isThere(target(name), text, sql`not ${attribute(type, name, sql`true`)}`),
      drops: `attribute ${name}`,
      ...lenient,
    };
  const added = def !== undefined && 'ColumnDef' in def ? (def.ColumnDef.colname ?? '') : '';
  const words = skipWords(text, 'add', 'alter', 'attribute') + 1;
  const definition = textFrom(text, words);
  const bare = textFrom(definition, skipWords(definition, ['set', 'data'], 'type')).replace(
    /\s+(CASCADE|RESTRICT)\s*$/i,
    '',
  );
  const same = sql`pg_catalog.format_type(a.atttypid, a.atttypmod) = pg_catalog.lower(${bare}) or a.atttypid = pg_catalog.to_regtype(${bare}) and a.atttypmod = -1`;
  if (subtype === 'AT_AddColumn') {
    const is = sql`case when ${attribute(type, added, sql`(${same})`)} then true when ${attribute(type, added, sql`true`)} then null else false end`;
    return { text, judge: isThere(target(added), text, is), makes: `attribute ${added}` };
  }
  if (subtype === 'AT_AlterColumnType')
    return { text, judge: isThere(target(name), text, attribute(type, name, sql`(${same})`)), again: true };
  return { text, judge: 'again', again: true };
}

function attribute(type: ObjectName, name: string, what: SqlFragment): SqlFragment {
  return sql`exists (select from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid and c.relkind = 'c' and ${isNamed('c', type)}
    where a.attname = ${name}::name and a.attnum > 0 and not a.attisdropped and ${what})`;
}

/** DROP and ADD of constraints are found by name; the rest leaves what it leaves once. */
export function readAlterDomain(text: string, stmt: AlterDomainStmt): Reading {
  const domain = dottedName(stmt.typeName);
  const target = printName(domain);
  const has = (name: string): SqlFragment =>
    sql`exists (select from pg_catalog.pg_constraint k join pg_catalog.pg_type t on t.oid = k.contypid and ${isTypeNamed('t', domain)} where k.conname = ${name}::name)`;
  const reading = { does: 'ALTER DOMAIN', target, locks: [] };
  const added: Constraint | undefined =
    stmt.def !== undefined && 'Constraint' in stmt.def ? stmt.def.Constraint : undefined;
  const lenient = stmt.missing_ok === true ? { lenient: true as const } : {};
  if (stmt.subtype === 'X')
    return oneClause(reading, { text, judge: isThere(target, text, sql`not ${has(stmt.name ?? '')}`), ...lenient });
  if (stmt.subtype !== 'C') return oneClause(reading, { text, judge: 'again', again: true });
  const { conname, contype } = added ?? {};
  const named = conname === undefined ? '' : ` and k.conname = ${quoteLiteral(conname)}::name`;
  const is = conname === undefined ? sql`k.contype = 'c'` : sql`k.conname = ${conname}::name`;
  const definition = textFrom(text, skipName(text, skipWords(text, 'alter', 'domain')));
  if (contype !== 'CONSTR_CHECK') return oneClause(reading, { text, judge: 'again', again: true });
  const base = sql`(select pg_catalog.format_type(t.typbasetype, t.typtypmod) from pg_catalog.pg_type t where ${isTypeNamed('t', domain)})`;
  const judge = asTwin({
    target,
    text,
    object: sql`select k.oid from pg_catalog.pg_constraint k join pg_catalog.pg_type t on t.oid = k.contypid and ${isTypeNamed('t', domain)} where ${is}`,
    ...(conname === undefined ? { among: true } : {}),
    // Not over the domain itself: each VALUE would be cast down.
    make: [withTail(`CREATE DOMAIN ${SHADOW} AS `, base), `ALTER DOMAIN ${SHADOW} ${definition}`],
    twin: `select k.oid from pg_catalog.pg_constraint k where k.contypid = '${SHADOW}'::regtype and k.contype = 'c'${named}`,
    print: CONSTRAINT,
  });
  return oneClause(reading, { text, judge, ...(conname === undefined ? { again: true, unnamed: true } : {}) });
}
