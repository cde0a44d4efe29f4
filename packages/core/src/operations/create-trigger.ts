/**
 * safeCreateTrigger: makes a trigger.
 *
 * There is no CREATE TRIGGER IF NOT EXISTS, and CREATE OR REPLACE (from PostgreSQL 14 on) silently takes the place of a trigger that
 * does something else.
 */
import { type Canon, SHADOW, sameCanonicalForm } from '../catalog/canonical.js';
import { creation, MADE_TRIGGER, type ObjectState } from '../catalog/objects.js';
import { lookAtTable, remarkOn } from '../catalog/relation.js';
import type { Facts, Operation } from '../engine/operation.js';
import { sameExpression } from '../expressions.js';
import { type Token, tokenize } from '../lexer.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import { quoteIdent, type SqlFragment, sql, truncateName } from '../sql.js';

export interface CreateTriggerArguments {
  readonly table: ObjectName;
  readonly name: string;
  /** What stands behind the name in CREATE TRIGGER, without ON and the table. */
  readonly definition: string;
  /** CREATE CONSTRAINT TRIGGER. */
  readonly constraint?: boolean | undefined;
}

export interface CreateTriggerFacts extends Facts<ObjectState> {
  readonly table: ObjectName;
}

interface StoredTrigger {
  readonly definition: string;
  readonly constraint: boolean;
  readonly enabled: string;
}

export const createTrigger: Operation<CreateTriggerArguments, CreateTriggerFacts> = {
  name: 'safeCreateTrigger',

  async inspect(reader, args) {
    const { table, name, definition } = args;
    const called = calledBy(definition);
    const look = await lookAtTable(reader, table, {
      kinds: 'rpvf',
      columns: sql`(select pg_catalog.json_build_object('constraint', g.tgconstraint <> 0, 'enabled', g.tgenabled,
            'definition', ${withoutTable("pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)")})
          from pg_catalog.pg_trigger g join pg_catalog.pg_namespace n on n.oid = c.relnamespace
          where g.tgrelid = c.oid and g.tgname = ${name}::name and ${MADE_TRIGGER}) as found,
        exists (select from pg_catalog.pg_proc p where p.proname = ${called?.name ?? null}::name and ${inSchema(called)}) as callable`,
    });
    const found = (look.row['found'] ?? null) as StoredTrigger | null;
    const lacking = called !== null && look.row['callable'] !== true && found === null;
    return {
      target: `${printName(look.name)}.${truncateName(name)}`,
      state: { object: found === null ? 'absent' : 'present' },
      begun: false,
      differences: found === null ? [] : compare(args, found),
      missing: [...look.missing, ...(lacking ? [{ kind: 'function', name: printName(called) } as const] : [])],
      ...remarkOn(name),
      table: look.name,
    };
  },

  next(facts, { name, definition, constraint }) {
    if (facts.state.object === 'present') return null;
    return creation({
      why: 'calls the function for what is written from its commit on',
      sql: `CREATE ${head(constraint)} ${quoteIdent(name)} ${placed(definition, quoteName(facts.table)) ?? ''}`,
      locks: [{ on: facts.table, mode: 'ShareRowExclusiveLock', kind: 'table' }],
    });
  },

  async prove(connection, facts, { constraint }) {
    const canon: Canon = {
      put: (name, text) => `CREATE ${head(constraint)} ${name} ${placed(text, SHADOW) ?? text}`,
      read: `SELECT g.tgname AS name, ${READ_SHADOW} AS text FROM pg_catalog.pg_trigger g WHERE g.tgrelid = '${SHADOW}'::regclass`,
    };
    const differences: Difference[] = [];
    for (const each of facts.differences) {
      const texts = { wanted: each.expected, stored: each.found };
      if (!(await sameCanonicalForm(connection, facts.table, canon, texts))) differences.push(each);
    }
    return { ...facts, differences };
  },
};

function head(constraint: boolean | undefined): string {
  return constraint === true ? 'CONSTRAINT TRIGGER' : 'TRIGGER';
}

/** Words that may follow the events and their columns. */
const BEHIND_EVENTS = new Set(['from', 'not', 'deferrable', 'initially', 'referencing', 'for', 'when', 'execute']);

/** The definition with ON and the table where they belong; null when it names a table itself, or is no definition. */
export function placed(definition: string, table: string): string | null {
  const tokens = (tokenize(definition) ?? []).filter((token) => token.depth === 0);
  const at = tokens.find((token) => token.kind === 'word' && (token.value === 'on' || BEHIND_EVENTS.has(token.value)));
  const begins = /^(before|after|instead)$/.test(tokens[0]?.value ?? '');
  if (!begins || at === undefined || at.value === 'on' || calledBy(definition) === null) return null;
  return `${definition.slice(0, at.start)}ON ${table} ${definition.slice(at.start).trimEnd()}`;
}

/** The function that the definition executes. */
function calledBy(definition: string): ObjectName | null {
  const tokens = tokenize(definition) ?? [];
  const at = tokens.findLastIndex(
    (t, i) => t.value === 'execute' && /^(function|procedure)$/.test(tokens[i + 1]?.value ?? ''),
  );
  const isName = (token: Token | undefined): token is Token => token?.kind === 'word' || token?.kind === 'ident';
  const [first, dot, second] = tokens.slice(at + 2);
  if (at === -1 || !isName(first)) return null;
  return dot?.value === '.' && isName(second)
    ? { schema: first.value, name: second.value }
    : { schema: undefined, name: first.value };
}

/** Is `p` of pg_proc where that name is looked for? */
function inSchema(name: ObjectName | null): SqlFragment {
  return name?.schema === undefined
    ? sql`pg_catalog.pg_function_is_visible(p.oid)`
    : sql`p.pronamespace = (select s.oid from pg_catalog.pg_namespace s where s.nspname = ${name.schema}::name)`;
}

/** The print of `g` of pg_trigger from the events on, ON and the table left out. */
function withoutTable(table: string): SqlFragment {
  return sql`pg_catalog.replace(pg_catalog.substr(pg_catalog.pg_get_triggerdef(g.oid),
    pg_catalog.length('CREATE ' || case when g.tgconstraint <> 0 then 'CONSTRAINT ' else '' end || 'TRIGGER ' || pg_catalog.quote_ident(g.tgname)) + 2),
    ' ON ' || ${sql.raw(table)} || ' ', ' ')`;
}

/** The same on the copy, whose schema is printed in a different way by each major. */
const READ_SHADOW =
  "pg_catalog.regexp_replace(pg_catalog.regexp_replace(pg_catalog.pg_get_triggerdef(g.oid), E'^CREATE (CONSTRAINT )?TRIGGER \\\\S+ ', ''), E' ON \\\\S*holdfast_shadow ', ' ')";

const ENABLED: Readonly<Record<string, string>> = { O: 'yes', D: 'no', R: 'on replicas only', A: 'always' };

function compare(
  { definition, constraint = false }: CreateTriggerArguments,
  found: StoredTrigger,
): readonly Difference[] {
  const differences: Difference[] = [];
  const kind = (is: boolean): string => (is ? 'constraint trigger' : 'trigger');
  if (constraint !== found.constraint)
    differences.push({ path: 'kind', expected: kind(constraint), found: kind(found.constraint), proved: true });
  if (found.enabled !== 'O')
    differences.push({
      path: 'enabled',
      expected: 'yes',
      found: ENABLED[found.enabled] ?? found.enabled,
      proved: true,
    });
  if (!sameExpression(definition, found.definition))
    differences.push({ path: 'definition', expected: definition.trim(), found: found.definition, proved: false });
  return differences;
}
