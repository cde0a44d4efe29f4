/** The whole catalog of a database as lines by name: the same on every major, after a restore, and in a replay of its migrations. */
import { Connection } from '../postgres/connection.js';
import { PID_COLUMN } from '../postgres/known.js';
import type { PgClient, PgResult } from '../session.js';
import { quoteLiteral } from '../sql.js';
import { ACCESS } from './access.js';
import { canonical } from './canonical.js';
import { restrictLines } from './difference.js';
import { grantsLine, isGrants } from './grants-line.js';
import { OBJECTS } from './objects.js';
import type { Part } from './parts.js';
import { RELATIONS } from './relations.js';

/**
 * Every object by its key, in the order of the keys. A key is the kind and the qualified name, quoted as SQL needs it (`column
 * public.users.email`, `function public.touch(integer)`, `grants on table public.users`); the value is all the rest of it
 * (`character varying(100) not null default ''::character varying`), one line, empty where there is nothing to say.
 */
export type CatalogLines = ReadonlyMap<string, string>;

export interface CatalogOptions {
  /** Tables that are not part of the schema, such as the runner's ledger, with all that belongs to them. Without a schema: in every one. */
  readonly ignoreTables?: readonly { readonly schema?: string; readonly name: string }[];
  /** Schemas that are left out whole. */
  readonly ignoreSchemas?: readonly string[];
  /** Only these keys. Default: all. The server has to look through the names of everything, but describes no more than these. */
  readonly only?: ReadonlySet<string>;
}

/**
 * One round trip, in the transaction that the connection is in, if any; nothing is locked, and settings are as before afterwards. Ownership,
 * order of columns, tablespaces, versions of extensions, members of extensions and data are not part of it.
 * Rejects with the driver's error, for example in a failed transaction.
 */
export async function readCatalogLines(client: PgClient, options: CatalogOptions = {}): Promise<CatalogLines> {
  const { only } = options;
  if (only?.size === 0) return new Map();
  const results = await new Connection(client, { log: () => undefined }).repeat({
    before: BEFORE,
    parts: only === undefined ? PARTS.map(({ text }) => text) : partsFor(only),
    given: only === undefined ? [] : [...only, ...namesIn(only)],
    after: AFTER,
  });
  const version = Number(results.find((result) => result.rows[0]?.['version'] !== undefined)?.rows[0]?.['version']);
  const rows = results.filter(isPart).flatMap((result) => result.rows as unknown as readonly PartRow[]);
  const lines = linesOf(rows.filter(kept(options)), version);
  return only === undefined ? lines : restrictLines(lines, only);
}

/** Those that have a kind that is asked for, and of them the keys that are in `$1`: nothing else is described, or planned. */
function partsFor(only: ReadonlySet<string>): readonly string[] {
  const kinds = new Set([...only].flatMap(kindsOf));
  return BY_KEYS.filter((part) => part.kinds.some((kind) => kinds.has(kind))).map(({ text }) => text);
}

/** Every name that stands in the keys, bare. */
function namesIn(keys: ReadonlySet<string>): ReadonlySet<string> {
  const names = [...keys].flatMap((key) => [...key.matchAll(/"((?:[^"]|"")+)"|[^\s.,()"]+/g)]);
  return new Set(names.map(([word, quoted]) => quoted?.replaceAll('""', '"') ?? word));
}

/** The words that its first column, `kind`, is put together from, or begins with: `'grants on ' || …`. */
function kindsIn(part: string): readonly string[] {
  const column = part.slice(0, part.indexOf(' as kind'));
  return [...column.matchAll(/'([a-z][a-z ]*)'/g)].map(([, words = '']) => words.trim());
}

/** All that may be the kind of a key: where it ends and the name begins is not to be seen. */
function kindsOf(key: string): readonly string[] {
  const words = (/^(?:[a-z]+ )+/.exec(key)?.[0] ?? '').trim().split(' ');
  return words.map((_, i) => words.slice(0, i + 1).join(' '));
}

interface PartRow {
  readonly kind: string;
  readonly schema: string | null;
  readonly relation: string | null;
  readonly name: string;
  readonly definition: string | null;
}

function isPart({ fields }: PgResult): boolean {
  return fields.some(({ name }) => name === 'definition');
}

function linesOf(rows: readonly PartRow[], version: number): CatalogLines {
  const lines = new Map<string, string>();
  for (const { kind, name, definition } of rows) {
    const line = isGrants(kind) ? grantsLine(definition) : canonical(kind, definition ?? '', version);
    if (line !== null) lines.set(`${kind} ${name}`, line);
  }
  return new Map([...lines.keys()].sort().map((key) => [key, lines.get(key) as string]));
}

/** Whether a row is part of the schema. */
function kept({ ignoreTables = [], ignoreSchemas = [] }: CatalogOptions): (row: PartRow) => boolean {
  const schemas = new Set(ignoreSchemas);
  return ({ schema, relation }) =>
    !(schema !== null && schemas.has(schema)) &&
    !ignoreTables.some((table) => table.name === relation && (table.schema ?? schema) === schema);
}

/** What the server's printed form of a definition depends on, as pg_dump sets it. */
const SETTINGS: Readonly<Record<string, string>> = {
  search_path: 'pg_catalog, pg_temp',
  datestyle: 'ISO, YMD',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  extra_float_digits: '1',
  bytea_output: 'hex',
  quote_all_identifiers: 'off',
  standard_conforming_strings: 'on',
  xmloption: 'content',
  // The estimates of these queries are far above what they cost.
  jit: 'off',
  // They are written in the order in which they are best joined: to look for another one takes a third of the planning.
  join_collapse_limit: '1',
  // The parts that are prepared are planned once, not five times more.
  plan_cache_mode: 'force_generic_plan',
};
const NAMES = Object.keys(SETTINGS);

// Several statements in one message are one transaction: the settings are local to it, or to the one around it, where the last statement
// puts back what they were. If one fails, its rollback does.
const BEFORE: readonly string[] = [
  `select pg_catalog.set_config('holdfast.settings', pg_catalog.json_build_object(${NAMES.map((name) => `'${name}', pg_catalog.current_setting('${name}')`).join(', ')})::text, true)`,
  `select ${Object.entries(SETTINGS)
    .map(([name, value]) => `pg_catalog.set_config('${name}', ${quoteLiteral(value)}, true)`)
    .join(', ')}`,
  `select pg_catalog.current_setting('server_version_num') as version, pg_catalog.pg_backend_pid() as ${PID_COLUMN}`,
];
const AFTER: readonly string[] = [
  `select pg_catalog.set_config(s.key, s.value, true) from pg_catalog.json_each_text(pg_catalog.current_setting('holdfast.settings')::json) s`,
];

const PARTS: readonly Part[] = [...RELATIONS, ...OBJECTS, ...ACCESS];

const BY_KEYS = PARTS.map(({ text, by }) => ({
  kinds: kindsIn(text),
  text: `select * from (${text}${by === null ? '' : ` and ${by} = any ($1::pg_catalog.name[])`}) part where part.kind || ' ' || part.name = any ($1)`,
}));
