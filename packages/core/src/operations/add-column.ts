/**
 * safeAddColumn: adds a column and what its definition carries.
 *
 * Plain ADD COLUMN waits for every open transaction on the table while all others queue behind it; IF NOT EXISTS silently takes a
 * column of another type; a volatile default rewrites the table under ACCESS EXCLUSIVE; NOT NULL without a default fails on rows.
 */
import { SHADOW, sameCanonicalForm } from '../catalog/canonical.js';
import { compareExpression, expressionCanon, withoutModifier } from '../catalog/column-expression.js';
import { compareIdentityOptions, SEQUENCE_COLUMN } from '../catalog/identity-options.js';
import {
  isNamed,
  isTable,
  kindOf,
  missingTable,
  PID,
  readRelation,
  relationColumns,
  remarkOn,
  resolvedName,
} from '../catalog/relation.js';
import { printTypeName, readWantedType, type WantedType, wantedTypeColumns } from '../catalog/wanted-type.js';
import { type ColumnDefinition, printColumnDefinition } from '../column-definition.js';
import { rowsExist } from '../data/violations.js';
import {
  CATALOG,
  type Child,
  type Facts,
  type Operation,
  type Parent,
  type ProbeStep,
  type Refusal,
  type SqlStep,
} from '../engine/operation.js';
import { calledFunctions } from '../expressions.js';
import { tokenize } from '../lexer.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import { type Connection, type Row, textOrNull } from '../postgres/connection.js';
import { quoteIdent, type SqlFragment, sql, truncateName } from '../sql.js';

export interface AddColumnArguments {
  readonly table: ObjectName;
  readonly column: string;
  readonly definition: ColumnDefinition;
  readonly before: readonly Child[];
  readonly after: readonly Child[];
}

export interface AddColumnFacts extends Facts<{ readonly column: 'absent' | 'present' }> {
  readonly table: ObjectName;
  /** Why no column can be added to it: a view, a partition. */
  readonly unfit: string | null;
  /** Existing rows get a value of their own each, so the server rewrites the table. */
  readonly rewrites: boolean;
  /** The type and default as the database has them, for tier 2. */
  readonly stored: { readonly type: string; readonly expression: string | null } | null;
}

export const addColumn: Operation<AddColumnArguments, AddColumnFacts> = {
  name: 'safeAddColumn',

  async inspect(reader, { table, column, definition }) {
    // The question that every re-run asks: few columns and no more joins than needed, measured in test/bench. Without the table the
    // printing of a default is fast on wide tables; only a generated expression names columns.
    const answer = await reader.read(sql`
      select ${PID}, ${relationColumns('c')}, c.relispartition as partition, a.attnum as attnum, a.atttypid as typid, a.atttypmod as typmod,
        a.attnotnull as notnull, a.attidentity as identity, a.attgenerated as generated, pg_catalog.format_type(a.atttypid, a.atttypmod) as printed,
        case when a.attgenerated = '' then pg_catalog.pg_get_expr(d.adbin, 0) else pg_catalog.pg_get_expr(d.adbin, d.adrelid) end as expression,
        ${collationColumn(definition)}${notNullColumn(definition)}${rareColumns(definition)}${rewriteColumns(definition)}${wantedTypeColumns(definition.type)}
      from (select 1) one
      left join pg_catalog.pg_class c on ${isNamed('c', table)}
      left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = ${column}::name and a.attnum > 0 and not a.attisdropped
      left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum`);
    const row = answer.rows[0] ?? {};
    const relation = readRelation(row);
    const name = resolvedName(relation, table);
    const wanted = readWantedType(definition.type, answer);
    const present = typeof row['attnum'] === 'number';
    return {
      target: `${printName(name)}.${column}`,
      state: { column: present ? 'present' : 'absent' },
      begun: false,
      differences: present ? compareColumn(row, definition, wanted) : [],
      missing: [...missingTable(relation, table), ...missingType(definition, wanted)],
      ...remarkOn(column),
      table: name,
      unfit:
        relation === null || (isTable(relation) && row['partition'] !== true)
          ? null
          : unfitness(row['partition'] === true, kindOf(relation)),
      rewrites: row['rewrites'] === true,
      stored: present ? { type: String(row['printed']), expression: textOrNull(row['expression']) } : null,
    };
  },

  next(facts, { column, definition }) {
    if (facts.state.column === 'present') return null;
    if (facts.unfit !== null) return refuseUnfit(facts.unfit);
    if (needsEmptyTable(definition) && !(facts.probed ?? []).includes('rows'))
      return { ...probeRows(facts, [column]), after: (state) => state };
    return add(facts, column, definition);
  },

  // Later ones may ask for it by the name that the server keeps of a long one.
  provides: (facts, { table, column }) =>
    [facts.table, table].flatMap((name) =>
      [column, truncateName(column)].map((each): Parent => ({ kind: 'column', name: `${printName(name)}.${each}` })),
    ),

  children: ({ before, after }) => ({ before, after }),

  async prove(connection, facts, { definition }) {
    if (!(await sameExpressionOnServer(connection, facts, definition))) return facts;
    return {
      ...facts,
      differences: facts.differences.filter((d) => d.path !== 'default' && d.path !== 'generated expression'),
    };
  },
};

function add(facts: AddColumnFacts, column: string, definition: ColumnDefinition): SqlStep<AddColumnFacts> {
  return {
    kind: 'sql',
    id: 'add',
    why: facts.rewrites
      ? 'adds the column and gives each row its value'
      : 'adds the column; existing rows are not touched',
    sql: `ALTER TABLE ${quoteName(facts.table)} ${columnClause({ column, definition })}`,
    locks: [{ on: facts.table, mode: 'AccessExclusiveLock', kind: 'table' }],
    work: facts.rewrites ? { kind: 'rewrite', of: facts.table } : CATALOG,
    instead: withoutDefaults([{ column, definition }]),
    commit: 'own',
    after: () => ({ column: 'present' }),
  };
}

/** The part of ALTER TABLE that adds one column. */
export function columnClause({ column, definition }: Pick<AddColumnArguments, 'column' | 'definition'>): string {
  return `ADD COLUMN ${quoteIdent(column)} ${printColumnDefinition(definition)}`;
}

/** What to do instead of rewriting a large table. */
export function withoutDefaults(columns: readonly Pick<AddColumnArguments, 'column' | 'definition'>[]): string {
  const ways = columns.map(
    ({ column, definition: { type } }) =>
      `  safeAddColumn: ${column} ${type.text}\n  safeSetDefault: ${column}, for new rows\n  backfill: ${column}, then safeSetNotNull`,
  );
  const [the, its, it] =
    columns.length === 1 ? ['the column', 'its default', 'it'] : ['the columns', 'their defaults', 'them'];
  return `Add ${the} without ${its}, and fill ${it} afterwards:\n${ways.join('\n')}`;
}

/** Every row would break the new NOT NULL at once, so one row is enough to stop. */
export function probeRows(
  { table, target }: Pick<AddColumnFacts, 'table' | 'target'>,
  columns: readonly string[],
): Omit<ProbeStep<AddColumnFacts>, 'after'> {
  const [is, names] = columns.length === 1 ? ['the column is', columns[0]] : ['the columns are', columns.join(', ')];
  const [has, it] = columns.length === 1 ? ['has', 'it'] : ['have', 'them'];
  return {
    kind: 'probe',
    id: 'rows',
    why: 'NOT NULL without a default needs an empty table',
    sql: `SELECT EXISTS (SELECT FROM ${quoteName(table)})`,
    locks: [],
    work: CATALOG,
    judge: (connection) =>
      rowsExist(connection, table, {
        operation: addColumn.name,
        target,
        happened: `${is} NOT NULL and ${has} no default, but ${printName(table)} has rows: each would hold NULL.`,
        hint: `Give ${it} a default, or in three steps: add ${names} without NOT NULL, backfill ${it}, then safeSetNotNull.`,
      }),
  };
}

function compareColumn(row: Row, wanted: ColumnDefinition, type: WantedType | null): readonly Difference[] {
  const differences: Difference[] = [];
  const say = (path: string, expected: string, found: string, proved = true): void => {
    if (expected !== found) differences.push({ path, expected, found, proved });
  };
  const printed = String(row['printed']);
  if (type !== null && (type.oid !== row['typid'] || type.modifier !== row['typmod'])) {
    const unknown = type.oid === row['typid'] && Number.isNaN(type.modifier);
    if (!unknown || !sameText(wanted.type.text, printed)) say('type', wanted.type.text, printed, !unknown);
  }
  say(
    'nullability',
    wanted.notNull || wanted.identity !== undefined ? 'NOT NULL' : 'NULL',
    row['notnull'] === true ? ['NOT NULL', textOrNull(row['flaw'])].filter((part) => part !== null).join(' ') : 'NULL',
  );
  say(
    'collation',
    lastName(wanted.collation) ?? 'default',
    lastName(textOrNull(row['collation']) ?? undefined) ?? 'default',
  );
  if (wanted.storage !== undefined) say('storage', wanted.storage, String(row['storage']));
  if (wanted.compression !== undefined) say('compression', wanted.compression, String(row['compression']));
  say(
    'identity',
    identityOf(wanted.identity?.always),
    identityOf(row['identity'] === '' ? undefined : row['identity'] === 'a'),
  );
  if (asksOptions(wanted) && row['identity'] !== '')
    differences.push(...compareIdentityOptions(wanted.identity?.options ?? '', row['sequence']));
  const expression = textOrNull(row['expression']);
  say(
    'generated',
    generatedOf(wanted.generated?.stored),
    row['generated'] === '' ? 'no' : generatedOf(row['generated'] === 's'),
  );
  if (wanted.type.serial)
    say(
      'default',
      'the next value of an own sequence',
      row['owns_sequence'] === true && NEXT.test(expression ?? '')
        ? 'the next value of an own sequence'
        : (expression ?? 'none'),
    );
  else if (differences.every((d) => d.path !== 'generated'))
    differences.push(
      ...compareExpression(
        { path: wanted.generated === undefined ? 'default' : 'generated expression', type: withoutModifier(printed) },
        wanted.generated?.expression ?? wanted.default,
        expression,
      ),
    );
  return differences;
}

/** The default of a serial column; from which sequence it draws is asked of pg_depend. */
const NEXT = /^(?:pg_catalog\.)?nextval\('.*'::(?:pg_catalog\.)?regclass\)$/s;

async function sameExpressionOnServer(
  connection: Connection,
  facts: AddColumnFacts,
  { generated, default: byDefault }: ColumnDefinition,
): Promise<boolean> {
  const wanted = generated?.expression ?? byDefault;
  const { stored } = facts;
  if (wanted === undefined || stored?.expression == null) return false;
  const clause = (text: string): string =>
    generated === undefined
      ? `DEFAULT ${text}`
      : `GENERATED ALWAYS AS (${text}) ${generated.stored ? 'STORED' : 'VIRTUAL'}`;
  const canon = expressionCanon(
    (name, text) => `ALTER TABLE ${SHADOW} ADD COLUMN ${name} ${stored.type} ${clause(text)}`,
  );
  return sameCanonicalForm(connection, facts.table, canon, { wanted, stored: stored.expression });
}

/** The collation where it is not the type's own. 100 is "default", that of all built-in text types but `name`, which has "C" (pg_collation.dat). */
function collationColumn({ type, collation }: ColumnDefinition): SqlFragment {
  // As the server prints it, quoted where it must be: cheaper than a look into pg_collation.
  const name = sql`a.attcollation::regcollation::text`;
  if (collation !== undefined) return sql`${name} as collation, `;
  const builtin = type.name === 'name' ? sql`950` : sql`100`;
  const own = type.builtin ? builtin : sql`(select t.typcollation from pg_catalog.pg_type t where t.oid = a.atttypid)`;
  return sql`case when a.attcollation not in (0, ${own}) then ${name} end as collation, `;
}

/** From PostgreSQL 18 on a column can be NOT NULL for new rows only, or without its children. The rare flaw is asked for first: it is cheap. */
function notNullColumn({ notNull, identity }: ColumnDefinition): SqlFragment {
  if (!notNull && identity === undefined) return sql``;
  return sql`case when a.attnotnull then (select case when k.convalidated then 'NO INHERIT' else 'NOT VALID' end from pg_catalog.pg_constraint k
    where k.conrelid = a.attrelid and k.contypid = 0 and (not k.convalidated or k.connoinherit) and k.contype = 'n' and k.conkey[1] = a.attnum) end as flaw, `;
}

/** What few definitions ask for. `to_jsonb` reads the compression, which PostgreSQL 13 does not have. */
function rareColumns(definition: ColumnDefinition): SqlFragment {
  const { type, storage, compression } = definition;
  const owned = sql`exists (select 1 from pg_catalog.pg_depend p where p.refclassid = 'pg_catalog.pg_class'::regclass and p.refobjid = a.attrelid
    and p.refobjsubid = a.attnum and p.classid = 'pg_catalog.pg_class'::regclass and p.deptype = 'a'
      and exists (select 1 from pg_catalog.pg_depend u where u.classid = 'pg_catalog.pg_attrdef'::regclass and u.objid = d.oid
        and u.refclassid = 'pg_catalog.pg_class'::regclass and u.refobjid = p.objid)) as owns_sequence, `;
  const stored = sql`case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' when 'x' then 'extended' end as storage,
    case pg_catalog.to_jsonb(a) ->> 'attcompression' when 'p' then 'pglz' when 'l' then 'lz4' else 'default' end as compression, `;
  const rare = storage !== undefined || compression !== undefined;
  return sql`${type.serial ? owned : sql``}${rare ? stored : sql``}${asksOptions(definition) ? SEQUENCE_COLUMN : sql``}`;
}

/** Does adding it rewrite the table? Asked of the server only where the definition alone does not tell. */
function rewriteColumns(definition: ColumnDefinition): SqlFragment {
  const { type, identity, generated } = definition;
  const functions = definition.default === undefined ? [] : calledFunctions(definition.default);
  if (identity !== undefined || type.serial || generated?.stored === true || functions === null)
    return sql`true as rewrites, `;
  const domain = sql`exists (select 1 from pg_catalog.pg_type t where t.typname = ${type.name}::name and t.typtype = 'd')`;
  const volatile = sql`exists (select 1 from pg_catalog.pg_proc p where p.proname = any(${functions}::name[]) and p.provolatile = 'v')`;
  const reasons = [...(type.builtin ? [] : [domain]), ...(functions.length === 0 ? [] : [volatile])];
  return reasons.length === 0
    ? sql``
    : sql`case when a.attnum is null then ${sql.join(reasons, ' or ')} end as rewrites, `;
}

function missingType(definition: ColumnDefinition, wanted: WantedType | null): readonly Parent[] {
  return wanted === null ? [{ kind: 'type', name: printTypeName(definition.type) }] : [];
}

export function needsEmptyTable({ notNull, default: byDefault, generated, identity, type }: ColumnDefinition): boolean {
  return notNull && byDefault === undefined && generated === undefined && identity === undefined && !type.serial;
}

function unfitness(partition: boolean, kind: string): string {
  return partition ? 'it is a partition: its columns come from the partitioned table' : `it is a ${kind}, not a table`;
}

export function refuseUnfit(unfit: string): Refusal {
  return { refuse: `${unfit}.`, hint: 'Name the table that the column belongs to.' };
}

function asksOptions({ identity }: ColumnDefinition): boolean {
  return identity !== undefined && identity.options.trim() !== '';
}

/** `pg_catalog."C"` → `C` */
function lastName(name: string | undefined): string | undefined {
  return name === undefined ? undefined : (tokenize(name)?.at(-1)?.value ?? name);
}

function generatedOf(stored: boolean | undefined): string {
  if (stored === undefined) return 'no';
  return stored ? 'STORED' : 'VIRTUAL';
}

function identityOf(always: boolean | undefined): string {
  if (always === undefined) return 'none';
  return always ? 'ALWAYS' : 'BY DEFAULT';
}

function sameText(a: string, b: string): boolean {
  const plain = (value: string): string => value.toLowerCase().replaceAll(/[\s"]/g, '');
  return plain(a) === plain(b);
}
