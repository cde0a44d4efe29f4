/** Locks of runners: Knex's row, which a crash leaves behind, and the advisory lock of deployers, which none can. */
import { duration, type PgClient, RUNNER_LOCK_CLASS, readRowLock } from '@holdfast/core';
import { type Check, type DatabaseSubject, ok } from './check.js';

export const runnerLocks: Check<DatabaseSubject> = {
  name: 'runner locks',
  async look(subject) {
    const findings = [...(await rowLock(subject)), ...(await advisoryLock(subject))];
    return findings.length > 0 ? findings : [ok('none is held.')];
  },
};

async function rowLock({ client, project }: DatabaseSubject): Promise<readonly ReturnType<typeof ok>[]> {
  if (project?.tool !== 'knex') return [];
  const { schema, name } = project.ledger;
  const { table, rows, locked, stale, holders } = await readRowLock(client as unknown as PgClient, {
    schema,
    name: `${name}_lock`,
  });
  if (table === null || (!locked && rows <= 1)) return [];
  const what = rows > 1 ? `has ${rows} rows instead of one` : 'is taken';
  if (stale)
    return [
      {
        level: 'problem',
        found: `Knex's lock ${table.schema}.${table.name} ${what}, and no other session is connected to this database: a crash has left it. Every run will fail with MigrationLocked.`,
        cure: 'npx knex migrate:unlock',
      },
    ];
  const list = holders
    .slice(0, 5)
    .map(({ pid, user, application }) => [`pid ${pid}`, user, application].filter(Boolean).join(' '));
  return [
    {
      level: 'warning',
      found: `Knex's lock ${table.schema}.${table.name} ${what}. One of these sessions may hold it: ${list.join(', ')}.`,
      cure: 'If none of them runs migrations:\n  npx knex migrate:unlock',
    },
  ];
}

async function advisoryLock({ client }: DatabaseSubject): Promise<readonly ReturnType<typeof ok>[]> {
  const { rows } = await client.query<{ pid: number; application: string | null; seconds: number | null }>(
    `SELECT l.pid, a.application_name AS application, extract(epoch FROM pg_catalog.clock_timestamp() - a.state_change)::int AS seconds
     FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'advisory' AND l.classid = $1 AND l.objsubid = 2 AND l.granted
       AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`,
    [RUNNER_LOCK_CLASS],
  );
  return rows.map(({ pid, application, seconds }) => ({
    level: 'warning',
    found: `a deployer holds the lock of the database: pid ${pid}${application === null ? '' : ` (${application})`}${seconds === null ? '' : `, for ${duration(seconds * 1_000)}`}.`,
    cure: `It ends with its session. If that one is stuck for certain:\n  SELECT pg_terminate_backend(${pid});`,
  }));
}
