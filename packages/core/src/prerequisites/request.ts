/** What can be required before a migration starts, and its check before any SQL. */
import { parseColumnType } from '../column-type.js';
import { InvalidArgumentError } from '../errors.js';

type TablePrivilege = 'owner' | 'select' | 'insert' | 'update' | 'delete';
/** Names, or names with the types that they must have. */
export type ColumnList = readonly string[] | Readonly<Record<string, string>>;

export interface PrerequisiteRequest {
  readonly migrationId?: string;
  readonly schemas?: readonly string[];
  readonly tables?: readonly string[];
  /** By table. A type is compared as the server understands it: `int` equals `integer`. */
  readonly columns?: Readonly<Record<string, ColumnList>>;
  /** Like `columns`; what is missing or differs is only reported. */
  readonly optionalColumns?: Readonly<Record<string, ColumnList>>;
  /** By name, with a schema or found by search_path; an INVALID index counts as missing. */
  readonly indexes?: readonly string[];
  /** By table. */
  readonly constraints?: Readonly<Record<string, readonly string[]>>;
  /** By type: labels that must exist; order and further ones don't matter. */
  readonly enums?: Readonly<Record<string, readonly string[]>>;
  readonly extensions?: readonly string[];
  readonly privileges?: Readonly<Record<string, readonly TablePrivilege[]>>;
  /** Lowest version, as `'14'`, `'14.2'` or `'>=14'`. */
  readonly serverVersion?: string;
  /** By table: a SQL condition that no row may meet. */
  readonly noRowsWhere?: Readonly<Record<string, string>>;
  /** Names of migrations that must have run, as the runner's table holds them. */
  readonly migrations?: readonly string[];
}

const KEYS: Readonly<Record<keyof PrerequisiteRequest, 'text' | 'list' | 'map'>> = {
  migrationId: 'text',
  schemas: 'list',
  tables: 'list',
  columns: 'map',
  optionalColumns: 'map',
  indexes: 'list',
  constraints: 'map',
  enums: 'map',
  extensions: 'list',
  privileges: 'map',
  serverVersion: 'text',
  noRowsWhere: 'map',
  migrations: 'list',
};

/** All mistakes in one `InvalidArgumentError`. */
export function checkRequest(operation: string, request: PrerequisiteRequest): void {
  if (typeof request !== 'object' || request === null || Array.isArray(request))
    throw wrongRequest(operation, '', ['the request: must be an object']);
  const mistakes: string[] = [];
  for (const [key, value] of Object.entries(request)) {
    const shape = KEYS[key as keyof PrerequisiteRequest];
    if (shape === undefined) mistakes.push(`${key}: no such kind of prerequisite`);
    else if (shape === 'text' && typeof value !== 'string') mistakes.push(`${key}: must be a string`);
    else if (shape === 'list' && !isNames(value)) mistakes.push(`${key}: must be a list of names`);
    else if (shape === 'map' && (typeof value !== 'object' || value === null || Array.isArray(value)))
      mistakes.push(`${key}: must be an object by table or type`);
    else if (shape === 'map') mistakes.push(...checkMap(key, value as Readonly<Record<string, unknown>>));
  }
  if (typeof request.serverVersion === 'string' && parseVersion(request.serverVersion) === null) {
    mistakes.push(`serverVersion: ${request.serverVersion} is not of the form '14', '14.2' or '>=14'`);
  }
  if (mistakes.length > 0) throw wrongRequest(operation, String(request.migrationId ?? ''), mistakes);
}

function wrongRequest(operation: string, target: string, mistakes: readonly string[]): InvalidArgumentError {
  return new InvalidArgumentError({
    operation,
    target,
    happened: `\n  - ${mistakes.join('\n  - ')}`,
    hint: 'Correct these prerequisites.',
  });
}

const PRIVILEGES: readonly unknown[] = ['owner', 'select', 'insert', 'update', 'delete'] satisfies TablePrivilege[];

/** What stands under the tables or types of one kind of prerequisite. */
function checkMap(key: string, map: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(map).flatMap(([name, value]) => {
    const at = `${key}.${name}`;
    if (key === 'columns' || key === 'optionalColumns') return checkColumns(at, value);
    if (key === 'noRowsWhere')
      return typeof value === 'string' && value.trim() !== '' ? [] : [`${at}: must be a SQL condition`];
    if (key === 'enums')
      return Array.isArray(value) && value.every((label) => typeof label === 'string')
        ? []
        : [`${at}: must be a list of values`];
    if (!isNames(value)) return [`${at}: must be a list of names`];
    const unknown = key === 'privileges' ? (value as unknown[]).filter((p) => !PRIVILEGES.includes(p)) : [];
    return unknown.length === 0 ? [] : [`${at}: ${unknown.join(', ')} is none of ${PRIVILEGES.join(', ')}`];
  });
}

function checkColumns(at: string, value: unknown): readonly string[] {
  if (Array.isArray(value)) return isNames(value) ? [] : [`${at}: must be a list of names`];
  if (typeof value !== 'object' || value === null)
    return [`${at}: must be a list of names, or an object of names and types`];
  return Object.entries(value).flatMap(([column, type]: [string, unknown]) =>
    typeof type === 'string' && parseColumnType(type) !== null
      ? []
      : [`${at}.${column}: ${String(type)} does not read as a type`],
  );
}

/** `'14.2'` → 140002, as server_version_num counts; null when it is no version. */
export function parseVersion(version: string): number | null {
  const match = /^(?:>=)?\s*(\d+)(?:\.(\d+))?$/.exec(version.trim());
  return match === null ? null : Number(match[1]) * 10_000 + Number(match[2] ?? 0);
}

/** Names of a column list. */
export function columnNames(list: ColumnList): readonly string[] {
  return Array.isArray(list) ? (list as readonly string[]) : Object.keys(list);
}

/** Wanted type of a column, if one is asked for. */
export function columnTypeOf(list: ColumnList, column: string): string | undefined {
  return Array.isArray(list) ? undefined : (list as Readonly<Record<string, string>>)[column];
}

function isNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '');
}
