/** ALTER TABLE, clause by clause. */
import type { AlterTableCmd, AlterTableStmt, ColumnDef, Constraint, Node, RoleSpec } from 'libpg-query';
import { serverName } from '../catalog/generated-names.js';
import { isNamed } from '../catalog/relation.js';
import { below } from '../catalog/tree.js';
import { type ColumnConstraint, parseColumnDefinition } from '../column-definition.js';
import { type Child, child, type Lock } from '../engine/operation.js';
import { type ObjectName, printName } from '../names.js';
import { addColumn } from '../operations/add-column.js';
import { addPrimaryKey } from '../operations/add-primary-key.js';
import { columnChildren } from '../operations/column-children.js';
import { dropConstraint } from '../operations/drop-constraint.js';
import { dropDefault } from '../operations/drop-default.js';
import { dropNotNull } from '../operations/drop-not-null.js';
import { setDefault } from '../operations/set-default.js';
import { setNotNull } from '../operations/set-not-null.js';
import { validateConstraint } from '../operations/validate-constraint.js';
import { type SqlFragment, sql, truncateName } from '../sql.js';
import { attributeClause } from './alter-type.js';
import { cutClauses, skipName, skipWords, textFrom } from './clauses.js';
import { columnHasType } from './column-type.js';
import { constraintClause } from './constraint.js';
import { referencedLocks, refersToKey, withoutReferences } from './foreign-key.js';
import { later } from './later.js';
import { relationName } from './names.js';
import { existsOn } from './objects.js';
import { isThere } from './presence.js';
import type { Clause, Judging, Reading } from './reading.js';

export function readAlterTable(text: string, stmt: AlterTableStmt): Reading {
  const table = relationName(stmt.relation);
  const commands = (stmt.cmds ?? []).flatMap((node) => ('AlterTableCmd' in node ? [node.AlterTableCmd] : []));
  const added = commands.flatMap(({ def }) => (def === undefined ? [] : [def]));
  const locks: readonly Lock[] = [
    { on: table, mode: 'AccessExclusiveLock', kind: 'table' },
    ...referencedLocks(table, added),
  ];
  const outside = commands.some((each) => each.subtype === 'AT_DetachPartition' && isConcurrent(each));
  const { objtype = 'OBJECT_TABLE' } = stmt;
  const kind = KINDS[objtype];
  if (kind === undefined || outside)
    return {
      kind: 'unread',
      reason: outside ? 'it runs in two transactions of its own' : `no operation knows ALTER of ${objtype}`,
      locks: outside ? locks : [],
      ...(outside ? { outside: true } : {}),
    };
  const start = skipName(text, skipWords(text, 'alter', ...kind.words, ['if', 'exists'], 'only'));
  const cut = cutClauses(text, start + skipStar(text, start), commands.length);
  if (cut === null) return { kind: 'unread', reason: 'its clauses do not read as expected', locks };
  const clauses = commands.map((command, i) => kind.read(table, command, cut.clauses[i] as string));
  return {
    kind: 'schema',
    does: `ALTER ${kind.words.join(' ').toUpperCase()}`,
    target: printName(table),
    clauses: stmt.missing_ok === true ? clauses.map((each): Clause => ({ ...each, whereThere: true })) : clauses,
    join: (some) => cut.head + some.map((each) => each.text).join(', '),
    locks: kind.locked ? locks : [],
    ...(objtype === 'OBJECT_TABLE' ? { of: table } : {}),
  };
}

interface Kind {
  readonly words: readonly string[];
  read(name: ObjectName, command: AlterTableCmd, text: string): Clause;
  /** It is a relation that LOCK TABLE takes. */
  readonly locked: boolean;
}

/** What ALTER TABLE changes under other names, by ObjectType. */
const KINDS: Readonly<Record<string, Kind>> = {
  OBJECT_TABLE: { words: ['table'], read: readClause, locked: true },
  OBJECT_FOREIGN_TABLE: { words: ['foreign', 'table'], read: readClause, locked: false },
  OBJECT_VIEW: { words: ['view'], read: readOther, locked: false },
  OBJECT_MATVIEW: { words: ['materialized', 'view'], read: readOther, locked: false },
  OBJECT_INDEX: { words: ['index'], read: readOther, locked: false },
  OBJECT_SEQUENCE: { words: ['sequence'], read: readOther, locked: false },
  OBJECT_TYPE: { words: ['type'], read: attributeClause, locked: false },
};

/** A view, an index, a sequence: each of their clauses leaves what it leaves once. */
function readOther(name: ObjectName, command: AlterTableCmd, text: string): Clause {
  const { subtype = 'AT_AddColumn' } = command;
  if (subtype === 'AT_ColumnDefault') return { text, judge: 'again', again: true };
  return { text, ...ofAnotherKind(name, command, text) };
}

function isConcurrent({ def }: AlterTableCmd): boolean {
  return def !== undefined && 'PartitionCmd' in def && def.PartitionCmd.concurrent === true;
}

/** `ALTER TABLE t * …` */
function skipStar(text: string, at: number): number {
  return textFrom(text, at).startsWith('*') ? 1 : 0;
}

function readClause(table: ObjectName, command: AlterTableCmd, text: string): Clause {
  const { name = '', subtype = 'AT_AddColumn' } = command;
  const lenient = command.missing_ok === true ? { lenient: true as const } : {};
  const column = (judge: Child | 'again', what: 'default' | 'not null' | 'validity'): Clause => ({
    text,
    judge,
    again: true,
    sets: `${what} of ${name}`,
  });
  switch (subtype) {
    case 'AT_AddColumn':
      return { ...readAddColumn(table, text, command.def as { ColumnDef: ColumnDef }), ...lenient };
    case 'AT_DropColumn':
      return {
        text,
        judge: isThere(`${printName(table)}.${name}`, text, sql`not ${existsOn('OBJECT_COLUMN', table, name)}`),
        drops: `column ${name}`,
        rows: true,
        ...lenient,
      };
    case 'AT_ColumnDefault':
      // A default of NULL is none to whoever writes rows. The server keeps one where the type has a length, and no other: which it is, only
      // the statement tells.
      if (command.def !== undefined && isNull(command.def)) return column('again', 'default');
      return column(
        command.def === undefined
          ? child(dropDefault, { table, column: name })
          : child(setDefault, { table, column: name, expression: expressionOf(text) }),
        'default',
      );
    case 'AT_DropNotNull':
      return column(child(dropNotNull, { table, column: name }), 'not null');
    case 'AT_SetNotNull':
      return { ...column(child(setNotNull, { table, column: name }), 'not null'), stands: true };
    case 'AT_AlterColumnType':
      return {
        text,
        judge: columnHasType(table, name, text, command.def as { ColumnDef: ColumnDef } | undefined),
        again: true,
      };
    case 'AT_AddConstraint':
      return constraintClause(table, text, (command.def as { Constraint: Constraint }).Constraint);
    case 'AT_DropConstraint':
      return { text, judge: child(dropConstraint, { table, name }), drops: `constraint ${name}`, ...lenient };
    case 'AT_ValidateConstraint':
      return { ...column(child(validateConstraint, { table, name }), 'validity'), stands: true };
    default:
      return { text, ...ofAnotherKind(table, command, text), ...lenient };
  }
}

function isNull(node: Node): boolean {
  return 'A_Const' in node && node.A_Const.isnull === true;
}

/** Behind `SET DEFAULT`. */
function expressionOf(text: string): string {
  const at = skipWords(text, 'alter', 'column');
  return textFrom(text, at + 1 + 2);
}

/** `ADD COLUMN IF NOT EXISTS name definition` */
function readAddColumn(table: ObjectName, text: string, { ColumnDef }: { readonly ColumnDef: ColumnDef }): Clause {
  const name = truncateName(ColumnDef.colname ?? '');
  return {
    text,
    makes: `column ${name}`,
    rows: true,
    ...later(() => {
      const at = skipWords(text, 'add', 'column', ['if', 'not', 'exists']);
      const [own = text] = withoutReferences(textFrom(text, at));
      const { column, constraints } = parseColumnDefinition(
        'ALTER TABLE',
        `${printName(table)}.${name}`,
        textFrom(own, 1),
      );
      const keys = constraints.filter(({ kind }) => kind === 'primary key');
      const others = constraints.filter(({ kind }) => kind !== 'primary key');
      const children = columnChildren(table, {
        name,
        definition: column,
        constraints: nameChecks(table, name, others),
      });
      const after = [
        ...children.after,
        ...keys.map((key) =>
          child(addPrimaryKey, { table, columns: [name], ...(key.name === undefined ? {} : { name: key.name }) }),
        ),
      ];
      const definition = keys.length === 0 ? column : { ...column, notNull: true };
      return {
        judge: child(addColumn, { table, column: name, definition, before: children.before, after }),
        also: keysToKeys(table, ColumnDef, text),
      };
    }),
  };
}

/** Checks without a name are found by the one that the server gives them. */
function nameChecks(
  table: ObjectName,
  column: string,
  constraints: readonly ColumnConstraint[],
): readonly ColumnConstraint[] {
  const taken = new Set<string>();
  return constraints.map((each) => {
    if (each.kind !== 'check' || each.name !== undefined) return each;
    const name = serverName(table.name, [column], 'check', (wanted) => taken.has(wanted));
    taken.add(name);
    return { ...each, name };
  });
}

/** `REFERENCES orgs`, for which there is no operation. */
function keysToKeys(table: ObjectName, { colname = '', constraints = [] }: ColumnDef, text: string): readonly Child[] {
  return constraints
    .flatMap((node) => ('Constraint' in node ? [node.Constraint] : []))
    .filter((key) => key.contype === 'CONSTR_FOREIGN' && key.pk_attrs === undefined)
    .map((key) => isThere(`${printName(table)}.${colname}`, text, sql`${refersToKey(table, [colname], key)} or null`));
}

/** Done twice, they leave what they leave once. */
const AGAIN: ReadonlySet<string> = new Set([
  'AT_SetStorage',
  'AT_SetCompression',
  'AT_SetLogged',
  'AT_SetUnLogged',
  'AT_SetTableSpace',
  'AT_SetAccessMethod',
  'AT_SetRelOptions',
  'AT_ResetRelOptions',
  'AT_EnableTrig',
  'AT_EnableAlwaysTrig',
  'AT_EnableReplicaTrig',
  'AT_DisableTrig',
  'AT_EnableTrigAll',
  'AT_DisableTrigAll',
  'AT_EnableTrigUser',
  'AT_DisableTrigUser',
  'AT_EnableRule',
  'AT_EnableAlwaysRule',
  'AT_EnableReplicaRule',
  'AT_DisableRule',
  'AT_EnableRowSecurity',
  'AT_DisableRowSecurity',
  'AT_ForceRowSecurity',
  'AT_NoForceRowSecurity',
  'AT_ReplicaIdentity',
  'AT_ClusterOn',
  'AT_DropCluster',
  'AT_AlterConstraint',
  'AT_SetExpression',
]);

/** What a column `a` has where its statistics or options are as the clause says; null for another clause. */
function settingOf(subtype: string, def: Node | undefined): SqlFragment | null {
  if (subtype === 'AT_SetStatistics') {
    const target = def !== undefined && 'Integer' in def ? (def.Integer.ival ?? 0) : -1;
    return sql`coalesce(a.attstattarget, -1) = ${target}`;
  }
  if (subtype !== 'AT_SetOptions' && subtype !== 'AT_ResetOptions') return null;
  const items = def !== undefined && 'List' in def ? (def.List.items ?? []) : [];
  const options = items.flatMap((item) => ('DefElem' in item ? [item.DefElem] : []));
  const names = options.map(({ defname = '' }) => defname);
  if (subtype === 'AT_ResetOptions')
    return sql`not exists (select from pg_catalog.unnest(a.attoptions) o where pg_catalog.split_part(o, '=', 1) = any(${names}::text[]))`;
  const texts = options.map(({ defname = '', arg }) => `${defname}=${numberOf(arg)}`);
  return sql`coalesce(a.attoptions, '{}') @> ${texts}::text[]`;
}

/** Does it hold for the column of the table, and of all partitions and tables that inherit? New ones do not take it over. */
function inTree(table: ObjectName, name: string, setting: SqlFragment): SqlFragment {
  return sql`(select pg_catalog.count(*) > 0 and pg_catalog.bool_and(${setting}) from pg_catalog.pg_class c
    cross join lateral (select c.oid as relid union all ${below('c.oid')}) tree join pg_catalog.pg_attribute a on a.attrelid = tree.relid
    where ${isNamed('c', table)} and a.attname = ${name}::name)`;
}

function numberOf(node: Node | undefined): string {
  if (node !== undefined && 'Integer' in node) return String(node.Integer.ival ?? 0);
  return node !== undefined && 'Float' in node ? (node.Float.fval ?? '') : '';
}

function ofAnotherKind(
  table: ObjectName,
  { name = '', subtype = 'AT_AddColumn', def, newowner }: AlterTableCmd,
  text: string,
): Judging & Pick<Clause, 'again' | 'sweeping'> {
  if (subtype === 'AT_ChangeOwner') return { judge: ownedBy(table, newowner, text), again: true };
  if (AGAIN.has(subtype)) return { judge: 'again', again: true };
  const target = printName(table);
  const column = (what: ReturnType<typeof sql>): Child =>
    isThere(
      `${target}.${name}`,
      text,
      sql`exists (select from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid and ${isNamed('c', table)} where a.attname = ${name}::name and ${what})`,
    );
  const setting = settingOf(subtype, def);
  // Of an index, columns go by number.
  if (setting !== null && name === '') return { judge: 'again', again: true };
  if (setting !== null && subtype !== 'AT_SetStatistics') return { judge: column(setting), again: true };
  if (setting !== null)
    return { judge: isThere(`${target}.${name}`, text, inTree(table, name, setting)), again: true, sweeping: true };
  const parent = (child: ObjectName, above: ObjectName, is: boolean): Child =>
    isThere(
      printName(child),
      text,
      sql`${sql.raw(is ? '' : 'not')} exists (select from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid and ${isNamed('c', child)}
        join pg_catalog.pg_class p on p.oid = i.inhparent and ${isNamed('p', above)})`,
    );
  const other = def !== undefined && 'RangeVar' in def ? relationName(def.RangeVar) : null;
  const partition = def !== undefined && 'PartitionCmd' in def ? relationName(def.PartitionCmd.name) : null;
  if (subtype === 'AT_AddIdentity') return { judge: column(sql`a.attidentity <> ''`) };
  if (subtype === 'AT_DropIdentity') return { judge: column(sql`a.attidentity = ''`) };
  if (subtype === 'AT_DropExpression') return { judge: column(sql`a.attgenerated = ''`) };
  if (subtype === 'AT_AttachPartition' && partition !== null) return { judge: parent(partition, table, true) };
  if (subtype === 'AT_DetachPartition' && partition !== null) return { judge: parent(partition, table, false) };
  if (subtype === 'AT_AddInherit' && other !== null) return { judge: parent(table, other, true) };
  if (subtype === 'AT_DropInherit' && other !== null) return { judge: parent(table, other, false) };
  return { judge: { why: `no operation knows ${text}` } };
}

/** OWNER TO of the owner needs no lock. */
function ownedBy(table: ObjectName, owner: RoleSpec | undefined, text: string): Child {
  const role = owner?.roletype === 'ROLESPEC_SESSION_USER' ? sql`session_user` : sql`current_user`;
  const name = owner?.roletype === 'ROLESPEC_CSTRING' ? sql`${owner.rolename ?? ''}::name` : role;
  return isThere(
    printName(table),
    text,
    sql`exists (select from pg_catalog.pg_class c join pg_catalog.pg_roles r on r.oid = c.relowner and r.rolname = ${name} where ${isNamed('c', table)})`,
  );
}
