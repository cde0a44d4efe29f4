/** What hangs on a table: triggers, policies, rules, statistics. */
import type { CreatePolicyStmt, CreateStatsStmt, CreateTrigStmt, RuleStmt } from 'libpg-query';
import { SHADOW } from '../catalog/canonical.js';
import { isNamed } from '../catalog/relation.js';
import { child } from '../engine/operation.js';
import { tokenize } from '../lexer.js';
import { printName, quoteName } from '../names.js';
import { createPolicy, POLICY_COMMANDS, type PolicyOptions } from '../operations/create-policy.js';
import { createTrigger } from '../operations/create-trigger.js';
import { sql } from '../sql.js';
import { skipName, skipWords, textFrom } from './clauses.js';
import { statisticsMadeAs } from './made-as.js';
import { dottedName, relationName, rolesOf } from './names.js';
import { existsOn } from './objects.js';
import { isThere } from './presence.js';
import { STATISTICS } from './prints.js';
import { type Clause, oneClause, type Reading } from './reading.js';
import { asTwin, inTemporary } from './twin.js';
import { unlessThere } from './unless-there.js';

export function readCreateTrigger(text: string, stmt: CreateTrigStmt): Reading {
  const table = relationName(stmt.relation);
  const { trigname = '', replace, isconstraint } = stmt;
  const target = `${printName(table)}.${trigname}`;
  const definition = withoutTable(textFrom(text, skipWords(text, 'create', 'constraint', 'trigger') + 1));
  const clause: Clause =
    replace === true
      ? { text, judge: 'again', again: true }
      : {
          text,
          judge: child(createTrigger, { table, name: trigname, definition, constraint: isconstraint === true }),
        };
  return oneClause(
    { does: 'CREATE TRIGGER', target, locks: [{ on: table, mode: 'ShareRowExclusiveLock', kind: 'table' }] },
    clause,
  );
}

/** `BEFORE UPDATE OF a ON t FOR EACH ROW …`, without ON and the table. */
function withoutTable(text: string): string {
  const tokens = tokenize(text) ?? [];
  const at = tokens.findIndex((t) => t.kind === 'word' && t.value === 'on' && t.depth === 0);
  const behind = tokens[skipName(text, at + 1)];
  return at === -1 || behind === undefined
    ? text
    : `${text.slice(0, tokens[at]?.start)}${text.slice(behind.start)}`.trim();
}

export function readCreatePolicy(text: string, stmt: CreatePolicyStmt): Reading {
  const table = relationName(stmt.table);
  const { policy_name: name = '' } = stmt;
  const target = `${printName(table)}.${name}`;
  const policy = policyOf(text, stmt);
  return oneClause(
    { does: 'CREATE POLICY', target, locks: [{ on: table, mode: 'AccessExclusiveLock', kind: 'table' }] },
    policy === null
      ? unlessThere(text, target, existsOn('OBJECT_POLICY', table, name))
      : { text, judge: child(createPolicy, { table, name, policy }) },
  );
}

function policyOf(text: string, stmt: CreatePolicyStmt): PolicyOptions | null {
  const command = POLICY_COMMANDS.find((each) => each === (stmt.cmd_name ?? 'all'));
  const roles = rolesOf(stmt.roles);
  const using = groupBehind(text, 'using');
  const withCheck = groupBehind(text, 'check');
  const unread =
    command === undefined ||
    roles === null ||
    (using === undefined) !== (stmt.qual === undefined) ||
    (withCheck === undefined) !== (stmt.with_check === undefined);
  if (unread) return null;
  return {
    for: command,
    as: stmt.permissive === true ? 'permissive' : 'restrictive',
    to: roles,
    ...(using === undefined ? {} : { using }),
    ...(withCheck === undefined ? {} : { withCheck }),
  };
}

/** What stands in the parentheses behind a word. */
function groupBehind(text: string, word: string): string | undefined {
  const tokens = tokenize(text) ?? [];
  const at = tokens.findIndex(
    (t, i) => t.kind === 'word' && t.value === word && t.depth === 0 && tokens[i + 1]?.value === '(',
  );
  const open = tokens[at + 1];
  const close = tokens.slice(at + 1).find((t) => t.kind === 'symbol' && t.value === ')' && t.depth === 1);
  return at === -1 || open === undefined || close === undefined ? undefined : text.slice(open.end, close.start).trim();
}

export function readCreateRule(text: string, stmt: RuleStmt): Reading {
  const table = relationName(stmt.relation);
  const { rulename = '' } = stmt;
  const target = `${printName(table)}.${rulename}`;
  const clause: Clause =
    stmt.replace === true
      ? { text, judge: 'again', again: true }
      : unlessThere(text, target, existsOn('OBJECT_RULE', table, rulename));
  return oneClause(
    { does: 'CREATE RULE', target, locks: [{ on: table, mode: 'AccessExclusiveLock', kind: 'table' }] },
    clause,
  );
}

export function readCreateStatistics(text: string, stmt: CreateStatsStmt): Reading {
  const name = dottedName(stmt.defnames);
  const [of] = (stmt.relations ?? []).flatMap((node) => ('RangeVar' in node ? [relationName(node.RangeVar)] : []));
  const locks = of === undefined ? [] : [{ on: of, mode: 'ShareUpdateExclusiveLock', kind: 'table' } as const];
  const reading = { does: 'CREATE STATISTICS', target: printName(name), locks };
  if (name.name === '' || of === undefined)
    return oneClause(reading, { text, judge: { why: 'the server makes another one each time' } });
  const words = skipWords(text, 'create', 'statistics', ['if', 'not', 'exists']);
  const judge = asTwin({
    target: printName(name),
    text,
    object: statisticsMadeAs(name),
    make: [
      `CREATE TEMPORARY TABLE ${SHADOW} (LIKE ${quoteName(of)})`,
      `CREATE STATISTICS ${inTemporary(name.name)} ${onCopy(textFrom(text, skipName(text, words)))}`,
    ],
    twin: 'select s.oid from pg_catalog.pg_statistic_ext s where s.stxnamespace = pg_catalog.pg_my_temp_schema()',
    print: STATISTICS,
  });
  const on = sql`select s.stxrelid = (select c.oid from pg_catalog.pg_class c where ${isNamed('c', of)}) or null from pg_catalog.pg_statistic_ext s where s.oid = (${statisticsMadeAs(name)})`;
  return oneClause(reading, {
    text,
    judge,
    also: [isThere(printName(name), text, sql`(${on})`)],
    ...(stmt.if_not_exists === true ? { lenient: true } : {}),
  });
}

/** `(ndistinct) ON a, b FROM t`, from the copy of the table. */
function onCopy(text: string): string {
  const from = (tokenize(text) ?? []).findLast((t) => t.kind === 'word' && t.value === 'from' && t.depth === 0);
  return `${text.slice(0, from?.end)} ${SHADOW}`;
}
