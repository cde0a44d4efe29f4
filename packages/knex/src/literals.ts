/** Literals that Knex compiles wrongly: what can be set right is, the rest is refused. Tried with Knex 3.3.0. */
import { type Call, type ColumnStatement, type TableStatement, wrong } from './capture.js';
import type { Bindings, KnexHost } from './host.js';

type Column = ColumnStatement['builder'];

/** Makes the literals of a column compile to what was written. Throws `InvalidArgumentError` where that cannot be. */
export function mendColumn(call: Call, column: Column): void {
  const name = String(column._args[0]);
  const { check, collate, defaultTo } = column._modifiers;
  if (check !== undefined)
    throw wrong(
      call,
      `${name}: Knex cannot compile .check() on a column.`,
      "Write t.check(predicate, bindings, 'name of the check') beside the column.",
    );
  if (collate !== undefined)
    throw wrong(
      call,
      `${name}: Knex leaves .collate() out on PostgreSQL.`,
      `Write it into the type: t.specificType('${name}', 'text COLLATE "${String(collate[0])}"').`,
    );
  mendJson(column, defaultTo);
  requireEscapedLabels(call, name, column);
}

/**
 * Knex compiles `t.check(predicate, bindings)` without its values when it alters a table: they are put into the text. It loses those of
 * an index predicate as well: that is refused.
 */
export function mendStatement(host: KnexHost, call: Call, statement: TableStatement): TableStatement {
  const { method, args } = statement;
  if (method !== 'check') {
    refuseLostValues(call, statement);
    return statement;
  }
  const [predicate, bindings, name] = args as [string, Bindings | null | undefined, string | undefined];
  if (name === undefined)
    throw wrong(
      call,
      'Knex gives a check without a name one that PostgreSQL does not read.',
      `Name it: t.check(${JSON.stringify(predicate)}, bindings, '${call.table.name}_check').`,
    );
  const empty = bindings === undefined || bindings === null || Object.keys(bindings).length === 0;
  return empty ? statement : { ...statement, args: [host.raw(predicate, bindings).toQuery(), undefined, name] };
}

/** Throws `InvalidArgumentError` for the predicate of an index that has values beside its text. */
export function refuseLostValues(call: Call, { grouping, method, args }: TableStatement): void {
  if (grouping === 'checks' || !args.some(hasLostValues)) return;
  throw wrong(
    call,
    `Knex loses the values in the predicate of t.${method}().`,
    "Write them into the text: { predicate: knex.whereRaw('active = true') }.",
  );
}

function hasLostValues(option: unknown): boolean {
  const { predicate } = (option ?? {}) as {
    readonly predicate?: { toSQL?(): { readonly bindings: readonly unknown[] } };
  };
  return (predicate?.toSQL?.().bindings.length ?? 0) > 0;
}

/**
 * Text as PostgreSQL is to get it. Knex takes every `?` for a place of a value when it runs a statement, also inside a literal; only
 * `\?` stays a question mark. Here nothing is run by Knex, so `?` stays, and `\?` means `?`.
 */
export function plainQuestionMarks(sql: string): string {
  return sql.replaceAll(/(\\+)\?/g, (written, escapes: string) => (escapes.length % 2 === 1 ? '?' : written));
}

/** Knex does not escape quotes in the JSON of an object, but does so in a string. */
function mendJson(column: Column, defaultTo: unknown[] | undefined): void {
  const value = defaultTo?.[0];
  if (defaultTo === undefined || typeof value !== 'object' || value === null) return;
  if ((column._type !== 'json' && column._type !== 'jsonb') || 'isRawInstance' in value) return;
  const json = JSON.stringify(value);
  if (json.includes("'")) defaultTo[0] = json;
}

/** Knex puts the labels of an enum between quotes as they are. */
function requireEscapedLabels(call: Call, name: string, column: Column): void {
  const labels = column._args[1];
  if (column._type !== 'enu' || !Array.isArray(labels)) return;
  const open = labels.find((label) => String(label).replaceAll("''", '').includes("'"));
  if (open !== undefined)
    throw wrong(
      call,
      `${name}: Knex does not escape the quote in ${JSON.stringify(open)}.`,
      `Write ${JSON.stringify(String(open).replaceAll(/'+/g, "''"))}.`,
    );
}
