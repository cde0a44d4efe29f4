/** Names of tables and types: how callers write them, how they are resolved, how they are printed. */
import { inspect } from 'node:util';
import { InvalidArgumentError } from './errors.js';
import { quoteIdent } from './sql.js';

/**
 * `'users'` is found as the session would find it, by `search_path`; `'app.users'` names the schema; `{ schema, name }` is for names
 * that contain dots. Names are taken literally (no folding to lower case, no quotes).
 */
export type TableName = string | { readonly schema?: string; readonly name: string };

/** A name taken apart. Without `schema` the session's search path decides. */
export interface ObjectName {
  readonly schema: string | undefined;
  readonly name: string;
}

/** Takes a name apart. `schema` is the guard's own default schema. Throws `InvalidArgumentError` on anything that is not a name. */
export function parseName(operation: string, name: TableName, schema?: string): ObjectName {
  if (typeof name === 'object' && name !== null) {
    if (isName(name.name) && (name.schema === undefined || isName(name.schema))) {
      return { schema: name.schema ?? schema, name: name.name };
    }
    throw notAName(operation, name);
  }
  if (!isName(name)) throw notAName(operation, name);
  const parts = name.split('.');
  if (parts.length > 2 || parts.some((part) => part === '')) throw notAName(operation, name);
  return parts.length === 2 ? { schema: parts[0] as string, name: parts[1] as string } : { schema, name };
}

/** Throws `InvalidArgumentError` unless `name` can be an identifier: a string that is not empty and holds no NUL. */
export function requireName(operation: string, what: string, name: unknown): asserts name is string {
  if (isName(name)) return;
  throw new InvalidArgumentError({
    operation,
    target: printable(name),
    happened: `${what} is not a name: a name is a string with at least one character and without NUL.`,
    hint: `Pass the ${what} as it stands in the database, without quotes.`,
  });
}

/** Throws `InvalidArgumentError` unless `names` is a non-empty array of distinct names. */
export function requireNames(operation: string, what: string, names: unknown): asserts names is readonly string[] {
  if (!Array.isArray(names) || names.length === 0 || new Set(names).size !== names.length) {
    throw new InvalidArgumentError({
      operation,
      target: printable(names),
      happened: `${what} must be a list of at least one name, none of them twice.`,
      hint: `Pass an array of strings, for example ['email'].`,
    });
  }
  for (const name of names) requireName(operation, what, name);
}

/** `app.users`, for messages. */
export function printName(name: ObjectName): string {
  return name.schema === undefined ? name.name : `${name.schema}.${name.name}`;
}

/** `"app"."users"`, for statements. */
export function quoteName(name: ObjectName): string {
  return name.schema === undefined ? quoteIdent(name.name) : `${quoteIdent(name.schema)}.${quoteIdent(name.name)}`;
}

/** An argument behind the table: a text, a list of them, or options. */
type PrintedArgument = string | readonly string[] | { readonly [option: string]: string | readonly string[] };

/** `await g.safeDropConstraint('app.users', 'users_age');`, to be pasted. Names with dots come in the object form. */
export function printCall(method: string, table: ObjectName, ...more: readonly PrintedArgument[]): string {
  const dotted = [table.schema ?? '', table.name].some((part) => part.includes('.'));
  const name = dotted
    ? `{ ${table.schema === undefined ? '' : `schema: ${printLiteral(table.schema)}, `}name: ${printLiteral(table.name)} }`
    : printLiteral(printName(table));
  return `await g.${method}(${[name, ...more.map(printArgument)].join(', ')});`;
}

function printArgument(each: PrintedArgument): string {
  if (typeof each === 'string') return printLiteral(each);
  if (isList(each)) return `[${each.map(printLiteral).join(', ')}]`;
  const options = Object.entries(each).map(([key, value]) => `${key}: ${printArgument(value)}`);
  return `{ ${options.join(', ')} }`;
}

function isList(each: PrintedArgument): each is readonly string[] {
  return Array.isArray(each);
}

function printLiteral(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && !name.includes('\0');
}

function printable(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 1, breakLength: Infinity });
}

function notAName(operation: string, name: unknown): InvalidArgumentError {
  return new InvalidArgumentError({
    operation,
    target: printable(name),
    happened: 'this is not the name of a table or type.',
    hint: "Write 'users', 'app.users', or { schema: 'app', name: 'users' } (the object form is for names with dots).",
  });
}
