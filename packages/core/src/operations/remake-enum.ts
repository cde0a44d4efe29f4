/** The statements by which an enum type with other values takes the place of the one that is there, and everything on it stays. */
import type { EnumColumn, EnumExpression, EnumRemake } from '../catalog/enum-remake.js';
import { shortName } from '../catalog/generated-names.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { quoteIdent, quoteLiteral } from '../sql.js';

interface Remake {
  readonly type: ObjectName;
  readonly labels: readonly string[];
  readonly remake: EnumRemake;
  /** The new value of a column as a text, or as an array of texts. */
  readonly using: (column: EnumColumn) => string;
}

/** They belong into one transaction. Texts that the server printed of defaults, checks and indexes name the type, so they mean the new one. */
export function remakeType({ type, labels, remake, using }: Remake): readonly string[] {
  const name = quoteName(type);
  const old: ObjectName = { ...type, name: shortName(`holdfast_old_${type.name}`) };
  const indexes = remake.expressions.filter((each) => each.kind === 'index');
  return [
    `ALTER TYPE ${name} RENAME TO ${quoteIdent(old.name)}`,
    `CREATE TYPE ${name} AS ENUM (${labels.map((label) => quoteLiteral(label).trim()).join(', ')})`,
    ...indexes.map((index) => `DROP INDEX ${quoteName(indexName(index))}`),
    ...tablesOf(remake).flatMap((table) => before(table)),
    ...tablesOf(remake).flatMap((table) => change(table, name, using)),
    ...tablesOf(remake).flatMap((table) => after(table)),
    ...indexes.map((index) => index.definition),
    ...remake.expressions.flatMap((each) => comment(each)),
    ...rights(name, remake),
    `DROP TYPE ${quoteName(old)}`,
  ];
}

interface Table {
  readonly name: ObjectName;
  readonly columns: readonly EnumColumn[];
  readonly checks: readonly EnumExpression[];
  /** It has no part in any inheritance, so that one statement does it all. */
  readonly alone: boolean;
}

function tablesOf({ columns, expressions }: EnumRemake): readonly Table[] {
  const names = new Map(columns.map(({ table }) => [printName(table), table]));
  return [...names].map(([printed, name]) => {
    const own = columns.filter((column) => printName(column.table) === printed);
    return {
      name,
      columns: own,
      checks: expressions.filter((each) => each.kind === 'check' && printName(each.table) === printed),
      alone: own.every((column) => !column.inherited && !column.parent),
    };
  });
}

const drops = ({ checks }: Table): readonly string[] => checks.map(({ name }) => `DROP CONSTRAINT ${quoteIdent(name)}`);
const adds = ({ checks }: Table): readonly string[] =>
  checks.map(({ name, definition }) => `ADD CONSTRAINT ${quoteIdent(name)} ${definition}`);
const withDefault = ({ columns }: Table): readonly EnumColumn[] => columns.filter((column) => column.default !== null);
const unset = (table: Table): readonly string[] => withDefault(table).map((column) => `${alter(column)} DROP DEFAULT`);
const set = (table: Table): readonly string[] =>
  withDefault(table).map((column) => `${alter(column)} SET DEFAULT ${column.default}`);

/** A default is set for the table alone: each child has its own. A check is dropped and added with its copies in the children. */
function before(table: Table): readonly string[] {
  return table.alone ? [] : [...alterTable(table.name, drops(table)), ...alterOnly(table.name, unset(table))];
}

function change(table: Table, type: string, using: Remake['using']): readonly string[] {
  const types = table.columns
    .filter((column) => !column.inherited)
    .map((column) => {
      const to = `${type}${column.array ? '[]' : ''}`;
      return `${alter(column)} TYPE ${to} USING ${using(column)}::${to}`;
    });
  const clauses = table.alone ? [...drops(table), ...unset(table), ...types, ...set(table), ...adds(table)] : types;
  return alterTable(table.name, clauses);
}

function after(table: Table): readonly string[] {
  return table.alone ? [] : [...alterOnly(table.name, set(table)), ...alterTable(table.name, adds(table))];
}

function alterTable(table: ObjectName, clauses: readonly string[]): readonly string[] {
  return clauses.length === 0 ? [] : [`ALTER TABLE ${quoteName(table)} ${clauses.join(', ')}`];
}

function alterOnly(table: ObjectName, clauses: readonly string[]): readonly string[] {
  return clauses.length === 0 ? [] : [`ALTER TABLE ONLY ${quoteName(table)} ${clauses.join(', ')}`];
}

function alter({ column }: EnumColumn): string {
  return `ALTER COLUMN ${quoteIdent(column)}`;
}

/** An index stands in the schema of its table. */
function indexName({ table, name }: EnumExpression): ObjectName {
  return { ...table, name };
}

function comment(each: EnumExpression): readonly string[] {
  if (each.comment === null) return [];
  const on =
    each.kind === 'index'
      ? `INDEX ${quoteName(indexName(each))}`
      : `CONSTRAINT ${quoteIdent(each.name)} ON ${quoteName(each.table)}`;
  return [`COMMENT ON ${on} IS ${quoteLiteral(each.comment).trim()}`];
}

function rights(
  type: string,
  { owner, foreign, comment: text, grants, defaultGrantees }: EnumRemake,
): readonly string[] {
  const role = (name: string | null): string => (name === null ? 'PUBLIC' : quoteIdent(name));
  const strip = [null, ...defaultGrantees.filter((name) => name !== owner)].map(role).join(', ');
  return [
    ...(text === null ? [] : [`COMMENT ON TYPE ${type} IS ${quoteLiteral(text).trim()}`]),
    ...(foreign ? [`ALTER TYPE ${type} OWNER TO ${quoteIdent(owner)}`] : []),
    ...(grants === null
      ? []
      : [
          `REVOKE ALL ON TYPE ${type} FROM ${strip}`,
          ...grants.map(
            ({ grantee, grantable }) =>
              `GRANT USAGE ON TYPE ${type} TO ${role(grantee)}${grantable ? ' WITH GRANT OPTION' : ''}`,
          ),
        ]),
  ];
}
