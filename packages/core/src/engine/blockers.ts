/** Who stands in the way of a lock: found by relation and conflicting mode, because after expiry pg_blocking_pids knows nobody. */
import type { Blocker } from '../errors.js';
import { type Connection, type Row, textOrNull } from '../postgres/connection.js';
import { conflictsWith, strongerMode } from './lock-modes.js';
import type { Lock } from './operation.js';

/** Columns of an answer about sessions, `a` of pg_stat_activity; for `readSession`. A weak role sees most of them as NULL. */
const SESSION = `a.pid, a.usename, a.application_name, a.state, a.backend_type, a.query,
  a.wait_event_type || ': ' || a.wait_event as wait,
  (extract(epoch from pg_catalog.clock_timestamp() - a.xact_start) * 1000)::bigint as age_ms`;

/** The holders of conflicting locks at this moment, oldest transaction first; partitions count. At most ten. */
export async function readBlockers(
  connection: Connection,
  locks: readonly Lock[],
  redact: boolean,
): Promise<readonly Blocker[]> {
  if (locks.length === 0) return [];
  const rows = await connection.query(
    `with recursive named (schema, name, modes) as (
       select * from unnest($1::text[], $2::text[], $3::json[])
     ), wanted (class, object, "on", modes) as (
       select 'pg_class'::regclass, c.oid, n.nspname || '.' || c.relname, w.modes from named w
       join pg_catalog.pg_class c on c.relname = w.name::name
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace
         and (n.nspname = w.schema::name or w.schema is null and pg_catalog.pg_table_is_visible(c.oid))
       union all
       select 'pg_class'::regclass, i.inhrelid, n.nspname || '.' || c.relname, wanted.modes
       from wanted join pg_catalog.pg_inherits i on i.inhparent = wanted.object
       join pg_catalog.pg_class c on c.oid = i.inhrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     ), types (class, object, "on", modes) as (
       select 'pg_type'::regclass, t.oid, n.nspname || '.' || t.typname, w.modes from named w
       join pg_catalog.pg_type t on t.typname = w.name::name and t.typrelid = 0
       join pg_catalog.pg_namespace n on n.oid = t.typnamespace
         and (n.nspname = w.schema::name or w.schema is null and pg_catalog.pg_type_is_visible(t.oid)))
     select ${SESSION}, l.mode, w."on", p.gid
     from (select * from wanted union all select * from types) w
     join pg_catalog.pg_locks l on l.granted
       and (l.locktype = 'relation' and l.relation = w.object or l.locktype = 'object' and l.classid = w.class and l.objid = w.object)
       and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
       and l.mode in (select m from pg_catalog.json_array_elements_text(w.modes) m)
     left join pg_catalog.pg_stat_activity a on a.pid = l.pid
     left join pg_catalog.pg_prepared_xacts p on l.pid is null and l.virtualtransaction = '-1/' || p.transaction::text
     where l.pid is distinct from pg_catalog.pg_backend_pid()
     order by age_ms desc nulls last limit 40`,
    [
      locks.map((lock) => lock.on.schema ?? null),
      locks.map((lock) => lock.on.name),
      locks.map((lock) => JSON.stringify(conflictsWith(lock.mode))),
    ],
  );
  const strongest = new Map<string, Blocker>();
  for (const row of rows) {
    const blocker = { ...readSession(row, redact), mode: String(row['mode']), on: String(row['on']) };
    const key = `${blocker.pid ?? blocker.preparedTransaction} ${blocker.on}`;
    const known = strongest.get(key);
    if (known === undefined || strongerMode(known.mode, blocker.mode) === blocker.mode) strongest.set(key, blocker);
  }
  return [...strongest.values()].slice(0, 10);
}

/** Those whom the session `pid` waits for at this moment, be it a table, a row or a snapshot: for a look from another connection. */
export async function readWaitedFor(connection: Connection, pid: number, redact: boolean): Promise<readonly Blocker[]> {
  const rows = await connection.query(
    `select ${SESSION}, coalesce(h.mode, w.mode) as mode, case w.locktype
       when 'transactionid' then 'a row' when 'tuple' then 'a row' when 'virtualxid' then 'an old snapshot'
       else coalesce(w.relation::regclass::text, w.locktype) end as "on"
     from (select distinct pg_catalog.unnest(pg_catalog.pg_blocking_pids($1)) as pid) b
     join pg_catalog.pg_stat_activity a on a.pid = b.pid
     join pg_catalog.pg_locks w on w.pid = $1 and not w.granted
     left join pg_catalog.pg_locks h on h.pid = b.pid and h.granted and (h.locktype, h.relation, h.virtualxid, h.transactionid::text)
       is not distinct from (w.locktype, w.relation, w.virtualxid, w.transactionid::text)
     order by age_ms desc nulls last limit 10`,
    [pid],
  );
  return rows.map((row) => ({ ...readSession(row, redact), mode: String(row['mode']), on: String(row['on']) }));
}

function readSession(row: Row, redact: boolean): Omit<Blocker, 'mode' | 'on'> {
  const ageMs = row['age_ms'];
  return {
    pid: typeof row['pid'] === 'number' ? row['pid'] : null,
    kind: kindOf(row),
    user: textOrNull(row['usename']),
    application: textOrNull(row['application_name']),
    state: textOrNull(row['state']),
    wait: textOrNull(row['wait']),
    ageSeconds: typeof ageMs === 'number' ? ageMs / 1000 : null,
    query: redact ? null : textOrNull(row['query']),
    preparedTransaction: textOrNull(row['gid']),
  };
}

/** Only the text that autovacuum shows of itself tells whether it guards against wraparound: then it does not give way (manual, 25.1.6). */
function kindOf(row: Row): Blocker['kind'] {
  if (textOrNull(row['gid']) !== null) return 'prepared transaction';
  if (row['backend_type'] !== 'autovacuum worker') return 'session';
  return String(row['query']).endsWith('(to prevent wraparound)') ? 'autovacuum to prevent wraparound' : 'autovacuum';
}

/** `pid 4312 (app, idle in transaction, 14 min, AccessShareLock on public.users): select …` */
export function printBlocker(blocker: Blocker): string {
  const about = [
    blocker.user,
    blocker.application,
    blocker.kind === 'session' ? blocker.state : blocker.kind,
    blocker.state === 'active' ? blocker.wait : null,
    age(blocker.ageSeconds),
    `${blocker.mode} on ${blocker.on}`,
  ].filter((part) => part !== null);
  const query = blocker.query === null ? '' : `: ${blocker.query.replaceAll(/\s+/g, ' ').slice(0, 120)}`;
  const who = blocker.preparedTransaction === null ? `pid ${blocker.pid}` : blocker.preparedTransaction;
  return `${who} (${about.join(', ')})${query}`;
}

/** What ends the blocker, ready to paste; null for what must not be ended. */
export function endOf(blocker: Blocker): string | null {
  if (blocker.preparedTransaction !== null)
    return `ROLLBACK PREPARED '${blocker.preparedTransaction.replaceAll("'", "''")}';`;
  return blocker.kind === 'session' ? `SELECT pg_terminate_backend(${blocker.pid});` : null;
}

function age(seconds: number | null): string | null {
  if (seconds === null) return null;
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
