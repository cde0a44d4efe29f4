/** Who stands in the way of a lock: found by relation and conflicting mode, because after expiry pg_blocking_pids knows nobody. */
import type { Blocker } from '../errors.js';
import { printName } from '../names.js';
import type { Connection } from '../postgres/connection.js';
import { conflictsWith } from './lock-modes.js';
import type { Lock } from './operation.js';

/** Reads the holders of conflicting locks at this moment, oldest transaction first. At most ten. */
export async function readBlockers(
  connection: Connection,
  locks: readonly Lock[],
  redact: boolean,
): Promise<readonly Blocker[]> {
  const wanted = locks.filter((lock) => lock.kind === 'table');
  if (wanted.length === 0) return [];
  const rows = await connection.query(
    `select distinct a.pid, a.usename, a.application_name, a.state, l.mode, w.name as "on",
       extract(epoch from now() - a.xact_start)::int as age_seconds, a.query
     from unnest($1::text[], $2::text[], $3::text[], $4::json[]) as w (schema, relname, name, modes)
     join pg_catalog.pg_class c on c.relname = w.relname::name
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace and (n.nspname = w.schema::name or w.schema is null)
     join pg_catalog.pg_locks l on l.relation = c.oid and l.granted
       and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
       and l.mode in (select m from pg_catalog.json_array_elements_text(w.modes) m)
     left join pg_catalog.pg_stat_activity a on a.pid = l.pid
     where l.pid <> pg_catalog.pg_backend_pid()
     order by 7 desc nulls last limit 10`,
    [
      wanted.map((lock) => lock.on.schema ?? null),
      wanted.map((lock) => lock.on.name),
      wanted.map((lock) => printName(lock.on)),
      wanted.map((lock) => JSON.stringify(conflictsWith(lock.mode))),
    ],
  );
  return rows.map((row) => ({
    pid: Number(row['pid']),
    user: text(row['usename']),
    application: text(row['application_name']),
    state: text(row['state']),
    mode: String(row['mode']),
    on: String(row['on']),
    ageSeconds: typeof row['age_seconds'] === 'number' ? row['age_seconds'] : null,
    query: redact ? null : text(row['query']),
  }));
}

/** `pid 4312 (app, idle in transaction, 14 min, AccessShareLock on public.users): select …` */
export function printBlocker(blocker: Blocker): string {
  const about = [blocker.user, blocker.state, age(blocker.ageSeconds), `${blocker.mode} on ${blocker.on}`]
    .filter(Boolean)
    .join(', ');
  const query = blocker.query === null ? '' : `: ${blocker.query.replaceAll(/\s+/g, ' ').slice(0, 120)}`;
  return `pid ${blocker.pid} (${about})${query}`;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function age(seconds: number | null): string | null {
  if (seconds === null) return null;
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
