/** validatePrerequisites: everything that is missing, in one error, before the first change. */
import { nearest } from '../catalog/near-misses.js';
import { type MissingPrerequisite, PrerequisiteError } from '../errors.js';
import { parseName, printName, quoteName } from '../names.js';
import type { Connection } from '../postgres/connection.js';
import type { Session } from '../session.js';
import { quoteIdent, truncateName } from '../sql.js';
import { miss } from './miss.js';
import { type PrerequisiteFacts, readPrerequisites, type TableAnswer, tablesAsked } from './read.js';
import {
  type ColumnList,
  checkRequest,
  columnNames,
  columnTypeOf,
  type PrerequisiteRequest,
  parseVersion,
} from './request.js';
import { rowsInTheWay } from './rows.js';

/** The report of a successful check. */
export interface PrerequisiteReport {
  readonly ok: true;
  /** How many objects were asked for. */
  readonly checked: number;
  /** Optional columns that are missing or differ, one line each. */
  readonly warnings: readonly string[];
  readonly roundTrips: number;
  readonly serverVersion: string;
}

const OPERATION = 'validatePrerequisites';

/** Rejects with one `PrerequisiteError` that lists all that is missing. At most three round trips, checks of rows apart. Changes nothing. */
export async function validatePrerequisites(
  connection: Connection,
  session: Session,
  request: PrerequisiteRequest,
  defaults: { readonly schema: string | undefined; readonly migrationId: string | undefined },
): Promise<PrerequisiteReport> {
  checkRequest(OPERATION, request);
  const before = connection.roundTrips;
  const facts = await readPrerequisites(connection, request, {
    schema: defaults.schema,
    ledger: session.ledger?.table,
  });
  const missing = [
    ...compareAll(request, facts, defaults.schema),
    ...(await missingMigrations(connection, session, request, facts)),
  ];
  const named = await addNearMisses(connection, missing, facts);
  const roundTrips = connection.roundTrips - before;
  const rows = await rowsInTheWay(connection, request.noRowsWhere ?? {}, facts);
  if (named.length + rows.length > 0)
    throw failure(session, request.migrationId ?? defaults.migrationId, [...named, ...rows], facts);
  const warnings = Object.entries(request.optionalColumns ?? {}).flatMap(([table, list]) =>
    compareColumns(table, list, facts).map((m) => m.problem),
  );
  return { ok: true, checked: countAsked(request), warnings, roundTrips, serverVersion: facts.versionText };
}

function compareAll(
  request: PrerequisiteRequest,
  facts: PrerequisiteFacts,
  schema: string | undefined,
): readonly MissingPrerequisite[] {
  const absent = (
    kind: string,
    names: readonly string[],
    exists: (name: string) => boolean,
  ): readonly MissingPrerequisite[] =>
    names.filter((name) => !exists(name)).map((name) => miss(kind, name, `${kind} ${name} does not exist`));
  const full = (name: string): string => printName(parseName(OPERATION, name, schema));
  const required = tablesAsked({ ...request, optionalColumns: {} });
  const wantedVersion = request.serverVersion === undefined ? 0 : (parseVersion(request.serverVersion) ?? 0);
  return [
    ...(facts.version < wantedVersion
      ? [
          miss(
            'server version',
            request.serverVersion ?? '',
            `PostgreSQL ${request.serverVersion} or later is needed, this is ${facts.versionText}`,
          ),
        ]
      : []),
    ...absent('schema', request.schemas ?? [], (name) => facts.schemas.has(truncateName(name))),
    ...absent('extension', request.extensions ?? [], (name) => facts.extensions.has(truncateName(name))),
    ...required
      .filter((name) => !facts.tables.has(name))
      .map((name) => miss('table', full(name), `table ${full(name)} does not exist`)),
    ...Object.entries(request.columns ?? {}).flatMap(([table, list]) => compareColumns(table, list, facts)),
    ...Object.entries(request.constraints ?? {}).flatMap(([table, names]) =>
      compareConstraints(table, names, facts.tables.get(table)),
    ),
    ...Object.entries(request.privileges ?? {}).flatMap(([table, wanted]) => comparePrivileges(table, wanted, facts)),
    ...(request.indexes ?? []).flatMap((name) => compareIndex(name, facts.indexes.get(name))),
    ...Object.entries(request.enums ?? {}).flatMap(([type, labels]) =>
      compareEnum(type, labels, facts.enums.get(type)),
    ),
  ];
}

/** A table that is missing as a whole is reported once, as a table. */
function compareColumns(table: string, list: ColumnList, facts: PrerequisiteFacts): readonly MissingPrerequisite[] {
  const found = facts.tables.get(table);
  if (found === undefined) return [];
  return columnNames(list).flatMap((column) => {
    const is = Object.hasOwn(found.columns, truncateName(column)) ? found.columns[truncateName(column)] : undefined;
    const name = `${table}.${column}`;
    if (is === undefined)
      return [miss('column', name, `column ${name} does not exist`, nearest(column, Object.keys(found.columns)))];
    const wanted = columnTypeOf(list, column);
    const type = wanted === undefined ? undefined : facts.types.get(wanted);
    const [printed, oid, modifier] = is;
    if (wanted === undefined || (type !== undefined && type.oid === oid && type.modifier === modifier)) return [];
    return [miss('column', name, `column ${name} is ${printed}, not ${wanted}`)];
  });
}

function compareConstraints(
  table: string,
  names: readonly string[],
  found: TableAnswer | undefined,
): readonly MissingPrerequisite[] {
  if (found === undefined) return [];
  const existing = found.constraints ?? [];
  return names
    .filter((name) => !existing.includes(truncateName(name)))
    .map((name) =>
      miss('constraint', `${table}.${name}`, `constraint ${name} of ${table} does not exist`, nearest(name, existing)),
    );
}

function comparePrivileges(
  table: string,
  wanted: readonly string[],
  facts: PrerequisiteFacts,
): readonly MissingPrerequisite[] {
  const held = facts.tables.get(table)?.privileges;
  if (!facts.tables.has(table)) return [];
  return wanted
    .filter((privilege) => !(held ?? []).includes(privilege))
    .map((privilege) => {
      const problem =
        privilege === 'owner'
          ? `role ${facts.role} does not own ${table}`
          : `role ${facts.role} has no ${privilege.toUpperCase()} on ${table}`;
      return miss('privilege', `${table}: ${privilege}`, problem);
    });
}

function compareIndex(name: string, state: 'valid' | 'invalid' | undefined): readonly MissingPrerequisite[] {
  if (state === 'valid') return [];
  return [
    miss(
      'index',
      name,
      state === 'invalid' ? `index ${name} is INVALID: its build has failed` : `index ${name} does not exist`,
    ),
  ];
}

function compareEnum(
  type: string,
  labels: readonly string[],
  found: readonly string[] | undefined,
): readonly MissingPrerequisite[] {
  if (found === undefined) return [miss('type', type, `enum type ${type} does not exist`)];
  return labels
    .filter((label) => !found.includes(label))
    .map((label) =>
      miss('enum value', `${type}.${label}`, `enum type ${type} has no value '${label}'`, nearest(label, found)),
    );
}

async function missingMigrations(
  connection: Connection,
  session: Session,
  request: PrerequisiteRequest,
  facts: PrerequisiteFacts,
): Promise<readonly MissingPrerequisite[]> {
  const wanted = request.migrations ?? [];
  if (wanted.length === 0) return [];
  const { ledger } = session;
  if (ledger === undefined || !facts.hasLedger) {
    return wanted.map((name) =>
      miss('migration', name, `migration ${name} is not recorded: there is no table of finished migrations`),
    );
  }
  const rows = await connection.query(`select ${quoteIdent(ledger.column)} as name from ${quoteName(ledger.table)}`);
  const done = rows.map((row) => String(row['name']));
  return wanted
    .filter((name) => !done.includes(name))
    .map((name) => miss('migration', name, `migration ${name} has not run`, nearest(name, done)));
}

/** One more round trip, only when a table, type or schema is missing: names that exist elsewhere or look alike. */
async function addNearMisses(
  connection: Connection,
  missing: readonly MissingPrerequisite[],
  facts: PrerequisiteFacts,
): Promise<readonly MissingPrerequisite[]> {
  const kinds = new Set(['table', 'type', 'schema', 'index']);
  if (!missing.some((m) => kinds.has(m.kind))) return missing;
  const rows = await connection.query(
    `select case when c.relkind in ('i', 'I') then 'index' else 'table' end as kind, n.nspname || '.' || c.relname as name
       from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p', 'v', 'm', 'f', 'i', 'I') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
     union all select 'type', n.nspname || '.' || t.typname from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace where t.typtype = 'e'
     union all select 'schema', n.nspname from pg_catalog.pg_namespace n`,
  );
  return missing.map((m) => {
    // An INVALID index has no near misses: it is there.
    if (!kinds.has(m.kind) || facts.indexes.get(m.name) === 'invalid') return m;
    const candidates = rows.filter((row) => row['kind'] === m.kind).map((row) => String(row['name']));
    return {
      ...m,
      nearMisses: nearest(m.name, candidates).map((name) =>
        m.kind === 'table' && endsIn(name, m.name) ? `${name}, outside of search_path ${facts.searchPath}` : name,
      ),
    };
  });
}

function endsIn(name: string, asked: string): boolean {
  return !asked.includes('.') && name.endsWith(`.${asked}`);
}

function failure(
  session: Session,
  migrationId: string | undefined,
  missing: readonly MissingPrerequisite[],
  facts: PrerequisiteFacts,
): PrerequisiteError {
  const lines = missing.map((m) => `  - ${printMissing(m)}`);
  return new PrerequisiteError({
    operation: OPERATION,
    target: migrationId ?? '',
    missing,
    happened: `${missing.length} ${missing.length === 1 ? 'prerequisite is' : 'prerequisites are'} missing (PostgreSQL ${facts.versionText}, role ${facts.role}, search_path ${facts.searchPath}):\n${lines.join('\n')}`,
    hint: whatToDo(session),
  });
}

/** One line, with what exists instead. */
export function printMissing({ problem, nearMisses }: MissingPrerequisite): string {
  return `${problem}${nearMisses.length === 0 ? '' : ` (there is ${nearMisses.join(' and ')})`}`;
}

export function whatToDo({ commands }: Session): string {
  return [
    'What to do:',
    `  1. See which migrations have run:\n       ${commands.status}`,
    `  2. If earlier ones are pending, run them:\n       ${commands.up}`,
    `  3. If they have run and the objects are still missing, write a migration that adds what is listed above:\n       ${commands.make}`,
  ].join('\n');
}

function countAsked(request: PrerequisiteRequest): number {
  const lists = Object.values(request.columns ?? {}).reduce((sum, list) => sum + columnNames(list).length, 0);
  const others = [
    request.schemas,
    request.tables,
    request.indexes,
    request.extensions,
    request.migrations,
    ...Object.values(request.constraints ?? {}),
    ...Object.values(request.enums ?? {}),
    ...Object.values(request.privileges ?? {}),
  ];
  return (
    lists + others.reduce((sum, list) => sum + (list?.length ?? 0), 0) + Object.keys(request.noRowsWhere ?? {}).length
  );
}
