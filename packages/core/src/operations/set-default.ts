/**
 * safeSetDefault: gives a column a default for new rows.
 *
 * Plain SET DEFAULT takes its lock on the table and all its partitions also when the same default is there already, and an expression
 * that does not fit is found out in the middle of the migration.
 */
import { canonicalForms, SHADOW } from '../catalog/canonical.js';
import { compareExpression, expressionCanon, withoutModifier } from '../catalog/column-expression.js';
import {
  type ColumnValue,
  OWN_DEFAULTS,
  overwrites,
  readColumnValue,
  refuseComputed,
  VALUE_COLUMNS,
} from '../catalog/column-value.js';
import { readNames } from '../catalog/inheritance.js';
import { lookAtColumn, remarkOn } from '../catalog/relation.js';
import { descendants } from '../catalog/tree.js';
import { CATALOG, exclusively, type Facts, type Operation } from '../engine/operation.js';
import { messageOf, sqlState } from '../engine/translate.js';
import { RefusedError } from '../errors.js';
import { embed } from '../expressions.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Connection } from '../postgres/connection.js';
import { quoteIdent, sql } from '../sql.js';

export interface SetDefaultArguments {
  readonly table: ObjectName;
  readonly column: string;
  /** SQL text. */
  readonly expression: string;
}

export interface SetDefaultFacts extends Facts<{ readonly default: 'wanted' | 'another' | 'none' }> {
  readonly table: ObjectName;
  /** As `format_type` prints it. */
  readonly type: string;
  /** What gives the column its value where an INSERT names none. */
  readonly value: ColumnValue;
  /** The role may make the temporary table by which the server compares expressions. */
  readonly mayCompare: boolean;
  readonly descendants: readonly ObjectName[];
  /** Tables below that have another default for it, in words. */
  readonly ownDefaults: readonly string[];
}

/** What the server prints of a default that it was asked about, by call: asked once, known to every later look of that call. */
const asked = new WeakMap<SetDefaultArguments, ReadonlySet<string>>();

export const setDefault: Operation<SetDefaultArguments, SetDefaultFacts> = {
  name: 'safeSetDefault',

  async inspect(reader, args) {
    const { row, name, missing, exists } = await lookAtColumn(reader, args.table, args.column, {
      columns: sql`${VALUE_COLUMNS}, pg_catalog.format_type(a.atttypid, a.atttypmod) as printed, ${descendants('c.oid')} as descendants, ${OWN_DEFAULTS},
        pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY') as may_compare`,
      joins: sql`left join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum`,
    });
    const value = readColumnValue(row);
    const type = String(row['printed']);
    const stored = value.kind === 'default' ? value.expression : null;
    const known = asked.get(args);
    const differs = compareExpression({ path: 'default', type: withoutModifier(type) }, args.expression, stored);
    const wanted = differs.length === 0 || (stored !== null && known?.has(stored) === true);
    return {
      target: `${printName(name)}.${args.column}`,
      state: { default: wanted ? 'wanted' : stored === null ? 'none' : 'another' },
      begun: false,
      differences: [],
      missing,
      // Also without another default: only the server can tell whether it takes this one.
      alike: exists && !wanted && known === undefined ? [stored ?? 'none'] : [],
      ...remarks(args.column, wanted ? null : stored),
      table: name,
      type,
      value,
      mayCompare: row['may_compare'] === true,
      descendants: readNames(row, 'descendants'),
      ownDefaults: (row['own_defaults'] ?? []) as readonly string[],
    };
  },

  next(facts, { column, expression }) {
    const computed = refuseComputed(facts.value, facts.table, column);
    if (computed !== null) return computed;
    if (facts.state.default === 'wanted') return null;
    if (!facts.mayCompare && (facts.alike ?? []).length > 0) return { ...CANNOT_COMPARE, privilege: true };
    return {
      kind: 'sql',
      id: 'set default',
      why: 'new rows get it where no value is given; existing rows keep theirs',
      sql: `ALTER TABLE ${quoteName(facts.table)} ALTER COLUMN ${quoteIdent(column)} SET DEFAULT ${embed(expression)}`,
      locks: exclusively([facts.table, ...facts.descendants]),
      work: CATALOG,
      ...overwrites(facts.ownDefaults),
      commit: 'own',
      after: () => ({ default: 'wanted' }),
    };
  },

  async prove(connection, facts, args) {
    if (!facts.mayCompare || refuseComputed(facts.value, facts.table, args.column) !== null) return facts;
    const stored = facts.value.kind === 'default' ? facts.value.expression : null;
    const forms = await ask(connection, facts, args, stored);
    if (forms === null) return facts;
    const wanted = forms.get('holdfast_wanted');
    if (typeof wanted !== 'string') throw isNull(facts, args.column);
    const same = stored !== null && [stored, forms.get('holdfast_stored')].includes(wanted);
    asked.set(args, new Set(same ? [wanted, stored] : [wanted]));
    if (!same) return { ...facts, alike: [] };
    const { remark: _was, ...rest } = facts;
    return { ...rest, ...remarkOn(args.column), alike: [], state: { default: 'wanted' } };
  },
};

function remarks(column: string, was: string | null): { readonly remark?: string } {
  const all = [remarkOn(column).remark, was === null ? undefined : `was ${was}`].filter((each) => each !== undefined);
  return all.length === 0 ? {} : { remark: all.join('; ') };
}

/** Puts the default on a temporary copy of the table. Throws what is wrong with it. */
async function ask(
  connection: Connection,
  facts: SetDefaultFacts,
  { expression }: SetDefaultArguments,
  stored: string | null,
): Promise<ReadonlyMap<unknown, unknown> | null> {
  const canon = expressionCanon(
    (name, text) =>
      `ALTER TABLE ${SHADOW} ADD COLUMN ${name} ${facts.type}; ALTER TABLE ${SHADOW} ALTER COLUMN ${name} SET DEFAULT ${embed(text)}`,
  );
  const texts = { holdfast_wanted: expression, ...(stored === null ? {} : { holdfast_stored: stored }) };
  try {
    return await canonicalForms(connection, facts.table, canon, texts);
  } catch (error) {
    const state = sqlState(error);
    if (state === null || state === '42501' || !/^(42|22|0A)/.test(state)) throw error;
    throw new RefusedError({
      operation: setDefault.name,
      target: facts.target,
      happened: `PostgreSQL does not take this default for a column of type ${facts.type}: ${messageOf(error)}\nThe default: ${expression}`,
      hint: "Correct the expression. It is SQL text: 'now()' calls a function, \"'new'\" is the text new.",
      cause: error,
    });
  }
}

function isNull(facts: SetDefaultFacts, column: string): RefusedError {
  const { schema, name } = facts.table;
  const table = JSON.stringify(schema === undefined ? name : `${schema}.${name}`);
  return new RefusedError({
    operation: setDefault.name,
    target: facts.target,
    happened: 'a default of NULL is no default.',
    hint: `Call safeDropDefault(${table}, ${JSON.stringify(column)}).`,
  });
}

const CANNOT_COMPARE = {
  refuse:
    'the server must be asked about this expression, by a temporary table, and the role may not make one: whether it is there already, and whether it fits, is not known.',
  hint: 'Let the owner of the database allow it, then run again:\n  GRANT TEMPORARY ON DATABASE … TO …;',
} as const;
