/** ADD CONSTRAINT. */
import type { Constraint } from 'libpg-query';
import { SHADOW } from '../catalog/canonical.js';
import type { KnownBy } from '../catalog/generated-names.js';
import { isNamed } from '../catalog/relation.js';
import { CATALOG, type Child, child } from '../engine/operation.js';
import { StepFailedError } from '../errors.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { addForeignKey } from '../operations/add-foreign-key.js';
import { addPrimaryKey } from '../operations/add-primary-key.js';
import { createCheckConstraint } from '../operations/create-check-constraint.js';
import { createUniqueConstraint } from '../operations/create-unique-constraint.js';
import { readConstraint } from '../read-constraint.js';
import { quoteLiteral, type SqlFragment, sql } from '../sql.js';
import { SqlReader } from '../sql-reader.js';
import { skipWords, textFrom } from './clauses.js';
import { refersToKey } from './foreign-key.js';
import { later } from './later.js';
import { textsOf } from './names.js';
import { existsOn } from './objects.js';
import { isThere } from './presence.js';
import { CONSTRAINT } from './prints.js';
import type { Clause, Judging } from './reading.js';
import { asTwin } from './twin.js';

/** `text`: `ADD CONSTRAINT …`. Without a name the server makes another one each time. */
export function constraintClause(table: ObjectName, text: string, constraint: Constraint): Clause {
  const { conname, indexname, skip_validation: notValid } = constraint;
  const named = {
    ...(conname === undefined ? { again: true as const, unnamed: true as const } : { makes: `constraint ${conname}` }),
    ...(notValid === true || indexname !== undefined ? {} : { work: { kind: 'scan', of: table } as const }),
  };
  const special = specialJudge(table, text, constraint);
  if (special !== null) return { text, judge: special, ...named };
  const twin = (): Judging => ({ judge: constraintTwin(table, text, constraint) });
  // A check without a name is called by the one column that it speaks of, if it is one: it is found by what it says.
  const found = conname === undefined && constraint.contype === 'CONSTR_CHECK';
  const judging = found ? twin() : later(() => readClause(table, text, notValid === true), twin);
  return { text, ...judging, ...named };
}

/** What the operations do not make. */
function specialJudge(table: ObjectName, text: string, constraint: Constraint): Child | null {
  const { contype, conname, indexname } = constraint;
  const target = conname === undefined ? printName(table) : `${printName(table)}.${conname}`;
  if (indexname !== undefined) return isThere(target, text, madeOfIndex(table, constraint));
  if (contype !== 'CONSTR_FOREIGN' || constraint.pk_attrs !== undefined) return null;
  const is = refersToKey(table, textsOf(constraint.fk_attrs), constraint);
  const taken = conname === undefined ? sql`false` : (existsOn('OBJECT_TABCONSTRAINT', table, conname) as SqlFragment);
  const done = sql`case when ${is} then true when ${taken} then null else false end`;
  return isThere(target, text, done, constraint.skip_validation === true ? CATALOG : { kind: 'scan', of: table });
}

/** USING INDEX: the index takes the name of the constraint. Of which columns it was nothing tells any more. */
function madeOfIndex(table: ObjectName, constraint: Constraint): SqlFragment {
  const { contype, indexname = '', conname = indexname, deferrable, initdeferred } = constraint;
  const found = sql`from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid and ${isNamed('c', table)} where k.conname = ${conname}::name`;
  const same = sql`k.contype = ${contype === 'CONSTR_PRIMARY' ? 'p' : 'u'} and k.condeferrable = ${deferrable === true} and k.condeferred = ${initdeferred === true}`;
  const index = sql`exists (select from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indrelid and ${isNamed('c', table)} join pg_catalog.pg_class x on x.oid = i.indexrelid
    where x.relname = ${indexname}::name and x.relname <> ${conname}::name)`;
  return sql`case when exists (select ${found} and ${same}) then case when ${index} then null else true end
    when exists (select ${found}) then null else false end`;
}

const KINDS: Readonly<Record<string, string>> = {
  CONSTR_CHECK: 'c',
  CONSTR_UNIQUE: 'u',
  CONSTR_PRIMARY: 'p',
  CONSTR_EXCLUSION: 'x',
  CONSTR_FOREIGN: 'f',
};

/** On an empty copy of the table. Without a name it is any of its kind that says the same. */
function constraintTwin(table: ObjectName, text: string, constraint: Constraint): Child {
  const { conname, contype = 'CONSTR_CHECK', skip_validation: notValid } = constraint;
  const kind = KINDS[contype] ?? 'n';
  const is = conname === undefined ? sql`k.contype = ${kind}` : sql`k.conname = ${conname}::name`;
  const named = conname === undefined ? '' : ` and k.conname = ${quoteLiteral(conname)}::name`;
  return asTwin({
    target: conname === undefined ? printName(table) : `${printName(table)}.${conname}`,
    text,
    object: sql`select k.oid from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid and ${isNamed('c', table)} where ${is}`,
    ...(conname === undefined ? { among: true } : {}),
    ...(notValid === true ? {} : { work: { kind: 'scan', of: table } }),
    make: [`CREATE TEMPORARY TABLE ${SHADOW} (LIKE ${quoteName(table)})`, `ALTER TABLE ${SHADOW} ${text}`],
    twin: `select k.oid from pg_catalog.pg_constraint k where k.conrelid = '${SHADOW}'::regclass and k.contype = '${kind}'${named}`,
    print: CONSTRAINT,
  });
}

function judgedBy(name: string | undefined, key: (by: { readonly knownBy?: KnownBy }) => Child): Judging {
  return { judge: key({}), onBegun: key({ knownBy: name === undefined ? 'meaning' : 'name' }) };
}

function readClause(table: ObjectName, text: string, notValid: boolean): Judging {
  const body = textFrom(text, skipWords(text, 'add'));
  const own = notValid ? body.replace(/\s+NOT\s+VALID\s*$/i, '') : body;
  const read = readConstraint(new SqlReader(own, () => unread(own)));
  const whole = notValid ? { unfinished: true as const } : { stands: true as const };
  switch (read.kind) {
    case 'foreign key': {
      const args = { table, key: read.foreignKey };
      return { ...judgedBy(args.key.name, (by) => child(addForeignKey, { ...args, ...by })), ...whole };
    }
    case 'check': {
      const { name = '', expression } = read.check;
      return { judge: child(createCheckConstraint, { table, name, expression }), ...whole };
    }
    case 'unique': {
      const args = { table, ...read.unique };
      return {
        ...judgedBy(args.name, (by) => child(createUniqueConstraint, { ...args, ...by })),
        stands: true,
      };
    }
    default: {
      const { columns, name, deferrable } = read.primaryKey;
      if (deferrable !== undefined) throw unread(own);
      return {
        judge: child(addPrimaryKey, { table, columns, ...(name === undefined ? {} : { name }) }),
        stands: true,
      };
    }
  }
}

function unread(text: string): StepFailedError {
  return new StepFailedError({
    operation: 'ALTER TABLE',
    target: '',
    happened: `no operation makes it: ${text}`,
    hint: '',
  });
}
