/** Names what exists instead of a missing object: same name in another schema, or a name that looks alike. */
import type { Parent } from '../engine/operation.js';
import type { MissingPrerequisite } from '../errors.js';
import type { Connection } from '../postgres/connection.js';

const MOST_CANDIDATES = 20_000;

/** One round trip for any number of missing parents. */
export async function findNearMisses(
  connection: Connection,
  parents: readonly Parent[],
): Promise<readonly MissingPrerequisite[]> {
  const relations = parents.some((p) => p.kind === 'table');
  const rows = await connection.query(
    `(select 'table' as kind, n.nspname || '.' || c.relname as name from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where $1::boolean and c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') limit ${MOST_CANDIDATES})
     union all (select 'schema', n.nspname from pg_catalog.pg_namespace n where n.nspname not like 'pg\\_%' limit ${MOST_CANDIDATES})
     union all (select 'type', n.nspname || '.' || t.typname from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
       where $2::boolean and t.typtype in ('e', 'd') limit ${MOST_CANDIDATES})
     union all (select 'enum value', n.nspname || '.' || t.typname || '.' || e.enumlabel
       from pg_catalog.pg_enum e join pg_catalog.pg_type t on t.oid = e.enumtypid join pg_catalog.pg_namespace n on n.oid = t.typnamespace
       where n.nspname || '.' || t.typname = any($6::text[]) limit ${MOST_CANDIDATES})
     union all (select 'index', n.nspname || '.' || c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where $4::boolean and c.relkind in ('i', 'I') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') limit ${MOST_CANDIDATES})
     union all (select 'column', n.nspname || '.' || c.relname || '.' || a.attname
       from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where n.nspname || '.' || c.relname = any($3::text[]) and a.attnum > 0 and not a.attisdropped limit ${MOST_CANDIDATES})
     union all (select 'constraint', n.nspname || '.' || c.relname || '.' || k.conname
       from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where n.nspname || '.' || c.relname = any($5::text[]) limit ${MOST_CANDIDATES})`,
    [
      relations,
      parents.some((p) => p.kind === 'type'),
      parents.filter((p) => p.kind === 'column').map((p) => parentOf(p.name)),
      parents.some((p) => p.kind === 'index'),
      parents.filter((p) => p.kind === 'constraint').map((p) => parentOf(p.name)),
      parents.filter((p) => p.kind === 'enum value').map((p) => parentOf(p.name)),
    ],
  );
  return parents.map((parent) => {
    const candidates = rows.filter((row) => row['kind'] === parent.kind).map((row) => String(row['name']));
    return {
      kind: parent.kind,
      name: parent.name,
      problem: parent.problem ?? `${parent.kind} ${parent.name} does not exist`,
      nearMisses: nearest(parent.name, candidates),
    };
  });
}

/** A line each: `  column public.users.mail does not exist (there is public.users.email)`. */
export function printMissing(missing: readonly MissingPrerequisite[]): string {
  return missing
    .map(
      ({ problem, nearMisses }) =>
        `  ${problem}${nearMisses.length === 0 ? '' : ` (there is ${nearMisses.join(', ')})`}`,
    )
    .join('\n');
}

/** At most three names of `candidates` that a person may have meant by `name`, best first. */
export function nearest(name: string, candidates: readonly string[]): readonly string[] {
  const wanted = lastPart(name).toLowerCase();
  const limit = wanted.length < 4 ? 1 : Math.max(2, Math.floor(wanted.length / 3));
  return candidates
    .map((candidate) => ({ candidate, distance: editDistance(wanted, lastPart(candidate).toLowerCase(), limit) }))
    .filter(({ candidate, distance }) => distance <= limit && distance < wanted.length && candidate !== name)
    .sort((a, b) => a.distance - b.distance || a.candidate.localeCompare(b.candidate))
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** Levenshtein distance; anything above `limit` may come back as `limit + 1`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

function parentOf(name: string): string {
  return name.slice(0, name.lastIndexOf('.'));
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
