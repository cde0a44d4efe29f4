/** Checks what callers pass, before any SQL. Every mistake is an `InvalidArgumentError`. */
import { type Condition, printCondition } from './data/backfill.js';
import { printValue } from './data/condition.js';
import type { SeedRow } from './data/seed-rows.js';
import type { OperationOptions } from './engine/context.js';
import { InvalidArgumentError } from './errors.js';
import { type Token, tokenize } from './lexer.js';
import { parseName, requireName, requireNames, type TableName } from './names.js';
import type { AddForeignKeyArguments, ForeignKeyRequest } from './operations/add-foreign-key.js';
import type { ExclusionElement, ExclusionOptions, ExclusionRequest } from './operations/create-exclusion-constraint.js';
import type { IndexColumn, IndexOptions, IndexRequest } from './operations/create-index.js';
import type { UniqueConstraintOptions, UniqueRequest } from './operations/create-unique-constraint.js';
import { inlineSql, isFragment, whyNoValue } from './sql.js';

const COMMON = ['allow', 'ifMissing'] as const;

/** Splits the options of a call into those of every operation and its own; unknown keys and an empty reason are refused. */
export function splitOptions<T extends object>(
  operation: string,
  options: (T & OperationOptions) | undefined,
  keys: readonly (keyof T & string)[],
): { readonly common: OperationOptions; readonly own: T } {
  const given = (options ?? {}) as Readonly<Record<string, unknown>>;
  requireKeys(operation, 'options', given, [...keys, ...COMMON]);
  const { allow, ifMissing, ...own } = given;
  if (allow !== undefined && (typeof allow !== 'string' || allow.trim() === ''))
    throw wrong(operation, 'allow', 'must be the reason, in words');
  if (ifMissing !== undefined && ifMissing !== 'throw' && ifMissing !== 'skip')
    throw wrong(operation, 'ifMissing', "must be 'throw' or 'skip'");
  const common: OperationOptions = {
    ...(allow === undefined ? {} : { allow }),
    ...(ifMissing === undefined ? {} : { ifMissing }),
  };
  return { common, own: own as T };
}

/** Throws `InvalidArgumentError` unless it is an object that has none but these keys. */
export function requireKeys(operation: string, what: string, given: object, keys: readonly string[]): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw wrong(operation, what, 'must be an object');
  const unknown = Object.keys(given).filter((key) => !keys.includes(key));
  if (unknown.length > 0) throw wrong(operation, unknown.join(', '), `no such option; there are ${keys.join(', ')}`);
}

export const INDEX_KEYS = [
  'name',
  'unique',
  'where',
  'method',
  'include',
  'nullsNotDistinct',
  'with',
  'concurrently',
  'optionalColumns',
] as const;

export function readIndexRequest(columns: readonly IndexColumn[], options: IndexOptions): IndexRequest {
  const operation = 'safeCreateIndex';
  if (!Array.isArray(columns) || columns.length === 0)
    throw wrong(operation, 'columns', 'must be a list of at least one column');
  for (const key of columns as readonly IndexColumn[]) checkIndexColumn(operation, key);
  if (options.name !== undefined) requireName(operation, 'name', options.name);
  if (options.method !== undefined) requireName(operation, 'method', options.method);
  if (options.include !== undefined && options.include.length > 0) requireNames(operation, 'include', options.include);
  if (options.where !== undefined) requireExpression(operation, 'where', options.where);
  if (options.optionalColumns !== undefined && options.optionalColumns.length > 0)
    requireNames(operation, 'optionalColumns', options.optionalColumns);
  for (const key of ['unique', 'nullsNotDistinct', 'concurrently'] as const)
    oneOf(operation, key, options[key], [true, false]);
  for (const [parameter, value] of Object.entries(options.with ?? {})) {
    requireName(operation, 'with', parameter);
    if (!['string', 'number', 'boolean'].includes(typeof value) || String(value).includes('\0'))
      throw wrong(operation, `with.${parameter}`, 'must be a string without NUL, a number or a boolean');
  }
  return { ...options, columns };
}

function checkIndexColumn(operation: string, key: IndexColumn): void {
  if (typeof key === 'string') {
    requireName(operation, 'column', key);
    return;
  }
  if (typeof key !== 'object' || key === null)
    throw wrong(operation, 'columns', 'a column is a name or { expression } or { column }');
  if (key.column !== undefined) requireName(operation, 'column', key.column);
  else requireExpression(operation, 'expression', key.expression);
  oneOf(operation, 'order', key.order, ['asc', 'desc']);
  oneOf(operation, 'nulls', key.nulls, ['first', 'last']);
  if (key.opclass !== undefined) requirePath(operation, 'opclass', key.opclass);
  if (key.collation !== undefined) requirePath(operation, 'collation', key.collation);
}

/** A name that may have its schema before it. */
function requirePath(operation: string, what: string, path: string): void {
  requireName(operation, what, path);
  for (const part of path.split('.')) requireName(operation, what, part);
}

export const FOREIGN_KEY_KEYS = [
  'references',
  'name',
  'onDelete',
  'onUpdate',
  'deferrable',
  'match',
  'onViolation',
] as const;
const DEFERRABLE = [true, false, 'immediate', 'deferred'] as const;
const ACTIONS: readonly unknown[] = ['no action', 'restrict', 'cascade', 'set null', 'set default'];

/** Foreign key options as users write them: the referenced table by any kind of name. */
export interface ForeignKeyInput
  extends Omit<ForeignKeyRequest, 'references' | 'columns'>,
    Pick<AddForeignKeyArguments, 'onViolation'> {
  readonly references: { readonly table: TableName; readonly columns: readonly string[] };
}

export function readForeignKey(
  columns: readonly string[],
  options: Omit<ForeignKeyInput, 'onViolation'>,
  schema: string | undefined,
): ForeignKeyRequest {
  const operation = 'safeAddForeignKey';
  requireNames(operation, 'columns', columns);
  if (typeof options.references !== 'object' || options.references === null)
    throw wrong(operation, 'references', 'must be { table, columns }');
  const table = parseName(operation, options.references.table, schema);
  requireNames(operation, 'references.columns', options.references.columns);
  if (options.references.columns.length !== columns.length)
    throw wrong(operation, 'references.columns', 'must be as many as columns');
  if (options.name !== undefined) requireName(operation, 'name', options.name);
  const onDelete = oneOf(operation, 'onDelete', lowerCase(options.onDelete), ACTIONS);
  const onUpdate = oneOf(operation, 'onUpdate', lowerCase(options.onUpdate), ACTIONS);
  oneOf(operation, 'deferrable', options.deferrable, DEFERRABLE);
  oneOf(operation, 'match', options.match, ['simple', 'full']);
  return {
    ...options,
    columns,
    references: { table, columns: options.references.columns },
    ...(onDelete === undefined ? {} : { onDelete: onDelete as NonNullable<ForeignKeyRequest['onDelete']> }),
    ...(onUpdate === undefined ? {} : { onUpdate: onUpdate as NonNullable<ForeignKeyRequest['onUpdate']> }),
  };
}

export const UNIQUE_KEYS = ['name', 'deferrable', 'nullsNotDistinct', 'include'] as const;

export function readUnique(columns: readonly string[], options: UniqueConstraintOptions): UniqueRequest {
  const operation = 'safeCreateUniqueConstraint';
  requireNames(operation, 'columns', columns);
  if (options.name !== undefined) requireName(operation, 'name', options.name);
  oneOf(operation, 'deferrable', options.deferrable, DEFERRABLE);
  oneOf(operation, 'nullsNotDistinct', options.nullsNotDistinct, [true, false]);
  if (options.include !== undefined) requireNames(operation, 'include', options.include);
  return { ...options, columns };
}

export const EXCLUSION_KEYS = ['elements', 'method', 'where', 'deferrable'] as const;
/** Characters of an operator (manual, 4.1.3); `--` and the beginning of a comment end one. */
const OPERATOR = /^(?:[^.\0]+\.)?(?!.*(?:--|\/\*))[-+*/<>=~!@#%^&|`?]+$/;

export function readExclusion(options: ExclusionOptions): ExclusionRequest {
  const operation = 'safeCreateExclusionConstraint';
  if (!Array.isArray(options.elements) || options.elements.length === 0)
    throw wrong(
      operation,
      'elements',
      "must be a list of at least one { column, with }, as { column: 'during', with: '&&' }",
    );
  for (const element of options.elements as readonly ExclusionElement[]) {
    requireKeys(operation, 'elements', element ?? {}, ['column', 'expression', 'opclass', 'with']);
    if (element.column !== undefined && element.expression !== undefined)
      throw wrong(operation, 'elements', 'an element has a column or an expression, not both');
    if (element.column !== undefined) requireName(operation, 'column', element.column);
    else requireExpression(operation, 'expression', element.expression);
    if (typeof element.with !== 'string' || !OPERATOR.test(element.with))
      throw wrong(operation, 'with', `${JSON.stringify(element.with)} is no operator, such as '&&' or 'public.&&'`);
    if (element.opclass !== undefined) requireName(operation, 'opclass', element.opclass);
  }
  if (options.method !== undefined) requireName(operation, 'method', options.method);
  if (options.where !== undefined) requireExpression(operation, 'where', options.where);
  oneOf(operation, 'deferrable', options.deferrable, DEFERRABLE);
  return options;
}

function lowerCase(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

/** Labels of an enum: at most 63 bytes each, because the server refuses longer ones instead of cutting them (manual, 8.7.4). */
export function requireLabels(operation: string, labels: readonly unknown[]): asserts labels is readonly string[] {
  if (!Array.isArray(labels)) throw wrong(operation, 'values', 'must be a list of strings');
  for (const label of labels) {
    if (typeof label !== 'string' || label.includes('\0'))
      throw wrong(operation, JSON.stringify(label) ?? String(label), 'an enum value is a string without NUL');
    if (Buffer.byteLength(label) > 63)
      throw wrong(operation, JSON.stringify(label), 'an enum value has at most 63 bytes');
  }
  if (new Set(labels).size !== labels.length) throw wrong(operation, labels.join(', '), 'no enum value may come twice');
}

export function requireText(operation: string, what: string, value: unknown): asserts value is string {
  if (typeof value !== 'string' || value.trim() === '' || value.includes('\0'))
    throw wrong(operation, what, 'must be SQL text without NUL');
}

/** One SQL expression, as text or as a fragment. */
export function readExpression(operation: string, expression: unknown): string {
  const text = isFragment(expression) ? inlineSql(expression) : expression;
  requireExpression(operation, 'expression', text);
  return text;
}

/** Text that reads as one SQL expression: what would end it and begin something else is refused. */
export function requireExpression(operation: string, what: string, value: unknown): asserts value is string {
  requireText(operation, what, value);
  const tokens = tokenize(value);
  const ends = (token: Token): boolean =>
    token.kind === 'symbol' && (token.value === ';' || (token.value === ',' && token.depth === 0));
  if (tokens === null || tokens.length === 0 || tokens.some(ends))
    throw wrong(operation, what, `this does not read as one SQL expression: ${JSON.stringify(value)}`);
}

/** One statement, or a part of one: answers it without a semicolon at its end. Two of them could do anything. */
export function requireStatement(operation: string, what: string, value: unknown): string {
  requireText(operation, what, value);
  const tokens = tokenize(value);
  if (tokens === null) throw wrong(operation, what, 'a quote, comment or parenthesis in it is not closed');
  const end = tokens.findIndex((token) => token.kind === 'symbol' && token.value === ';' && token.depth === 0);
  if (end !== -1 && end < tokens.length - 1) throw wrong(operation, what, 'must be one statement');
  return end === -1 ? value : value.slice(0, tokens[end]?.start);
}

/** A condition on rows can be printed: none, SQL text, or at least one column with a value. */
export function requireCondition(operation: string, where: Condition | undefined): void {
  if (where === undefined) return;
  if (typeof where === 'object' && where !== null) printCondition(where);
  else requireExpression(operation, 'where', where);
}

/** The `set` of a backfill. */
export function requireNewValues(operation: string, set: Readonly<Record<string, unknown>>): void {
  if (typeof set !== 'object' || set === null) throw wrong(operation, 'set', 'must be an object of columns and values');
  const unset = Object.keys(set).filter((column) => set[column] === undefined);
  if (unset.length > 0) throw wrong(operation, unset.join(', '), 'is undefined; pass null to write NULL');
  requireNames(operation, 'set', Object.keys(set));
  for (const [column, value] of Object.entries(set)) requireValue(operation, column, value);
}

/** It can be written into a column; an expression by the `sql` tag can. */
export function requireValue(operation: string, column: string, value: unknown): void {
  const why = whyNoValue(value);
  if (why !== null)
    throw wrong(operation, column, `its new value is ${why}; an expression is written sql\`lower(name)\``);
}

/** Rows of a seed: every one has its key, none has it twice, and each value can be printed. */
export function requireSeedRows(operation: string, rows: readonly SeedRow[], key: readonly string[]): void {
  if (!Array.isArray(rows)) throw wrong(operation, 'rows', 'must be a list of objects');
  const seen = new Set<string>();
  for (const row of rows as readonly SeedRow[]) {
    if (typeof row !== 'object' || row === null || Array.isArray(row))
      throw wrong(operation, 'rows', 'each row must be an object of columns and values');
    for (const [column, value] of Object.entries(row)) {
      requireName(operation, 'column', column);
      if (value === undefined)
        throw wrong(operation, column, 'is undefined; pass null to write NULL, or leave the column out');
      requireValue(operation, column, value);
      printValue(value);
    }
    const values = key.map((column) => row[column]);
    if (values.some((value) => value === undefined || value === null))
      throw wrong(operation, key.join(', '), `a row without a value for its key: ${JSON.stringify(Object.keys(row))}`);
    const name = values.map((value) => printValue(value).replace(/^'(-?\d+)'$/, '$1')).join(', ');
    if (seen.has(name)) throw wrong(operation, key.join(', '), `two rows have the same key: ${name}`);
    seen.add(name);
  }
}

export function oneOf<T>(operation: string, what: string, value: T | undefined, allowed: readonly T[]): T | undefined {
  if (value !== undefined && !allowed.includes(value))
    throw wrong(operation, what, `${String(value)} is none of ${allowed.map(String).join(', ')}`);
  return value;
}

export function wholeNumber(
  operation: string,
  what: string,
  value: number | undefined,
  min: number,
  max: number,
): void {
  if (value !== undefined && (!Number.isInteger(value) || value < min || value > max))
    throw wrong(operation, what, `must be a whole number from ${min} to ${max}`);
}

export function wrong(operation: string, target: string, happened: string): InvalidArgumentError {
  return new InvalidArgumentError({ operation, target, happened: `${happened}.`, hint: 'Correct the call.' });
}
