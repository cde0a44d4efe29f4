/**
 * safeCreateExtension: installs an extension that the server has.
 *
 * CREATE EXTENSION IF NOT EXISTS takes another version, or one in another schema, for the wanted one; where the server lacks the files
 * it fails halfway through a migration.
 */
import { creation, type ObjectState } from '../catalog/objects.js';
import { SERVER } from '../catalog/relation.js';
import type { Facts, Operation, Parent } from '../engine/operation.js';
import type { Difference } from '../outcome.js';
import type { Row } from '../postgres/connection.js';
import { quoteIdent, sql, truncateName } from '../sql.js';

export interface ExtensionOptions {
  /** Where its objects go. Absent: where the extension or the search path wants them, and wherever they are already. */
  readonly schema?: string;
  /** Absent: the server's default, and whatever version is there. */
  readonly version?: string;
}

export interface CreateExtensionArguments extends ExtensionOptions {
  readonly extension: string;
}

export interface CreateExtensionFacts extends Facts<ObjectState> {}

export const createExtension: Operation<CreateExtensionArguments, CreateExtensionFacts> = {
  name: 'safeCreateExtension',

  async inspect(reader, args) {
    const { extension, schema, version } = args;
    const { rows } = await reader.read(sql`
      select ${SERVER}, e.oid as extension, e.extversion as installed, n.nspname as schema, a.version as available, a.lacking,
        exists (select from pg_catalog.pg_namespace s where s.nspname = ${schema ?? null}::name) as home
      from (select 1) one
      left join pg_catalog.pg_extension e on e.extname = ${extension}::name
      left join pg_catalog.pg_namespace n on n.oid = e.extnamespace
      left join lateral (
        select v.version, (select pg_catalog.json_agg(r) from pg_catalog.unnest(v.requires) r where not exists (select from pg_catalog.pg_extension i where i.extname = r)) as lacking
        from pg_catalog.pg_available_extension_versions() v
        where e.oid is null and v.name = ${extension}::name and v.version = coalesce(${version ?? null}::text,
          (select d.default_version from pg_catalog.pg_available_extensions() d where d.name = v.name))) a on true`);
    const row = rows[0] ?? {};
    const present = typeof row['extension'] === 'number';
    return {
      target: truncateName(extension),
      state: { object: present ? 'present' : 'absent' },
      begun: false,
      differences: present ? compare(args, row) : [],
      missing: present ? [] : lacking(args, row),
    };
  },

  next(facts, { extension, schema, version }) {
    if (facts.state.object === 'present') return null;
    return creation({
      why: 'runs the script of the extension',
      sql: `CREATE EXTENSION ${quoteIdent(extension)}${schema === undefined ? '' : ` SCHEMA ${quoteIdent(schema)}`}${version === undefined ? '' : ` VERSION ${quoteIdent(version)}`}`,
      locks: [],
    });
  },

  provides: (facts) => [{ kind: 'extension', name: facts.target }],
};

function compare({ schema, version }: ExtensionOptions, row: Row): readonly Difference[] {
  const differences: Difference[] = [];
  const say = (path: string, expected: string | undefined, found: string): void => {
    if (expected !== undefined && expected !== found) differences.push({ path, expected, found, proved: true });
  };
  say('schema', schema === undefined ? undefined : truncateName(schema), String(row['schema']));
  say('version', version, String(row['installed']));
  return differences;
}

function lacking({ extension, schema, version }: CreateExtensionArguments, row: Row): readonly Parent[] {
  const name = version === undefined ? extension : `${extension} ${version}`;
  const missing: Parent[] = [];
  if (row['available'] === null)
    missing.push({
      kind: 'extension',
      name,
      problem: `the server has no extension ${name} to install: its files must be put there first`,
    });
  for (const other of (row['lacking'] ?? []) as readonly string[])
    missing.push({
      kind: 'extension',
      name: other,
      problem: `extension ${other}, which ${extension} requires, is not installed`,
    });
  if (schema !== undefined && row['home'] !== true) missing.push({ kind: 'schema', name: schema });
  return missing;
}
