/** What the engine must know before it changes anything: sizes, what this transaction made itself, timeouts that the user set. */
import { relationMadeHere } from '../catalog/made-here.js';
import { SERVER } from '../catalog/relation.js';
import { NOTHING_CHANGED } from '../errors.js';
import { type ObjectName, printName } from '../names.js';
import type { LockReport } from '../outcome.js';
import { inlineSql, sql } from '../sql.js';
import { currentRehearsal } from '../whole/rehearsal.js';
import { repeatBounded } from './bounded-read.js';
import type { RunContext } from './context.js';
import { MODES_AGAINST_WRITERS } from './lock-modes.js';
import type { Lock } from './operation.js';

export interface Surroundings {
  /** By printed name. A name that is absent does not exist yet. */
  readonly tables: ReadonlyMap<string, TableSurroundings>;
  /** The user's own SET, or connection option: it wins over ours. */
  readonly ownLockTimeout: boolean;
  readonly ownStatementTimeout: boolean;
  /** How long somebody waits before the server looks whether he waits in a circle, in ms. */
  readonly deadlockTimeoutMs: number;
  /** Locks that this transaction holds already and that keep writers waiting, on tables that it did not make. */
  readonly strong: readonly LockReport[];
  /** Why nothing can be changed here: a standby, a read-only transaction. */
  readonly readOnly: 'standby' | 'read-only transaction' | null;
}

interface TableSurroundings {
  /** Heap and TOAST, indexes not counted; partitions and inheriting tables included. In a rehearsal those of the live table. */
  readonly bytes: number;
  /** By this transaction, or temporary: no other session sees it. */
  readonly madeHere: boolean;
  /** LOCK TABLE works on it and the role may use it. */
  readonly lockable: boolean;
}

const STRONG = MODES_AGAINST_WRITERS.map((mode) => `'${mode}'`).join(', ');

// Each lock looks its relation up: joined, a server that expects a single lock reads all of pg_class for each of the hundreds that a
// transaction with many migrations holds.
const held = sql`select l.mode,
    (select n.nspname || '.' || r.relname from pg_catalog.pg_class r join pg_catalog.pg_namespace n on n.oid = r.relnamespace and n.nspname not in ('pg_catalog', 'pg_toast')
      where r.oid = l.relation and r.relkind in ('r', 'p') and not ${relationMadeHere(sql`r.oid`)}) as name
  from pg_catalog.pg_locks l where l.pid = pg_catalog.pg_backend_pid() and l.mode in (${sql.raw(STRONG)}) offset 0`;

/** Waits for no lock longer than a step would: the size of a table can only be asked with ACCESS SHARE. */
export async function readSurroundings(
  context: RunContext,
  operation: string,
  target: string,
  names: readonly ObjectName[],
): Promise<Surroundings> {
  const locks = names.map((on): Lock => ({ on, mode: 'AccessShareLock', kind: 'table' }));
  const surroundings = { ownLockTimeout: false, strong: [] };
  const waiting = { context, operation, target, locks, surroundings, left: () => NOTHING_CHANGED };
  const parts = [limited(context.settings.lockTimeoutMs), SURROUNDINGS];
  const given = names.map((name) => JSON.stringify([printName(name), name.name, name.schema ?? null]));
  const [limits = {}, ...rows] = await repeatBounded(waiting, { parts, given });
  const first = rows[0] ?? {};
  const found = rows.filter((row) => typeof row['oid'] === 'number');
  return {
    tables: new Map(
      found.map((row) => [
        String(row['name']),
        {
          bytes: currentRehearsal()?.bytesOf(Number(row['oid'])) ?? Number(row['bytes']),
          madeHere: row['made_here'] === true,
          lockable: row['lockable'] === true,
        },
      ]),
    ),
    ownLockTimeout: limits['own_lock_timeout'] === true,
    ownStatementTimeout: limits['own_statement_timeout'] === true,
    deadlockTimeoutMs: Number(limits['deadlock_timeout']),
    strong: (first['strong'] ?? []) as readonly LockReport[],
    readOnly: first['standby'] === true ? 'standby' : first['read_only'] === 'on' ? 'read-only transaction' : null,
  };
}

/** Which limits the user has set himself; where he has not, the one for locks holds for what comes behind. One row of pg_settings costs as much as all. */
function limited(lockTimeoutMs: number): string {
  return `select o.*, case when not o.own_lock_timeout then pg_catalog.set_config('lock_timeout', '${lockTimeoutMs}', true) end as limited
    from (select ${own('lock_timeout')}, ${own('statement_timeout')}, pg_catalog.min(s.setting) filter (where s.name = 'deadlock_timeout')::int as deadlock_timeout
      from pg_catalog.pg_settings s where s.name in ('lock_timeout', 'statement_timeout', 'deadlock_timeout') offset 0) o`;
}

function own(timeout: 'lock_timeout' | 'statement_timeout'): string {
  return `pg_catalog.bool_or(s.source in ('session', 'client')) filter (where s.name = '${timeout}') as own_${timeout}`;
}

/** A row for each name, one without a name where none is given. */
const SURROUNDINGS = inlineSql(sql`
  select ${SERVER}, w.name, w.oid,
    (with recursive tree (relid) as (select c.oid union all select i.inhrelid from pg_catalog.pg_inherits i join tree on i.inhparent = tree.relid)
      select coalesce(sum(pg_catalog.pg_table_size(relid)), 0) from tree)::bigint as bytes,
    c.relpersistence = 't' or ${relationMadeHere(sql`c.oid`)} as made_here,
    c.relkind in ('r', 'p') and (pg_catalog.pg_has_role(c.relowner, 'USAGE')
      or pg_catalog.has_table_privilege(c.oid, 'UPDATE') or pg_catalog.has_table_privilege(c.oid, 'DELETE')) as lockable,
    (select pg_catalog.json_agg(pg_catalog.json_build_object('on', held.name, 'mode', held.mode) order by held.name) from (${held}) held
      where held.name is not null) as strong,
    pg_catalog.pg_is_in_recovery() as standby, pg_catalog.current_setting('transaction_read_only') as read_only
  from (select 1) one left join (select g.name->>0 as name, (select c.oid from pg_catalog.pg_class c where c.relname = (g.name->>1)::name
      and case when g.name->>2 is null then pg_catalog.pg_table_is_visible(c.oid) else c.relnamespace = (select s.oid from pg_catalog.pg_namespace s where s.nspname = (g.name->>2)::name) end) as oid
    from (select u::json as name from pg_catalog.unnest(${sql.raw('$1')}) u) g) w on true left join pg_catalog.pg_class c on c.oid = w.oid`);
