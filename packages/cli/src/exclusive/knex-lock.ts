/**
 * Knex's own lock is a row. Outside of its batch mode Knex commits it by itself, so a crash leaves it, and every later run fails with
 * MigrationLocked. Who holds the runner lock is the one to look whether that has happened.
 */
import { duration, freeRowLock, type RowLock, type RunnerLock, readRowLock } from '@holdfast/core';
import type { Io } from '../exit.js';
import { type Exclusive, OPERATION } from './arguments.js';

/** Says what is wrong with the lock and what to do; with `--unlock-stale` does it, if its holder is dead. Nothing where there is no lock. */
export async function lookAtKnexLock(
  { connection }: RunnerLock,
  { knexLockTable, unlockStale }: Exclusive,
  io: Io,
): Promise<void> {
  const found = await readRowLock(connection.client, knexLockTable);
  const { table, rows, locked, stale } = found;
  if (table === null || (!locked && rows <= 1)) return;
  const name = `${table.schema}.${table.name}`;
  if (unlockStale && stale) {
    await freeRowLock(connection.client, table);
    io.err(`${OPERATION}: Knex's lock ${name}: ${problem(found)}. ${NOBODY} It is freed.`);
  } else {
    io.err(
      `${OPERATION}: Knex's lock ${name}: ${problem(found)}. Knex will fail with MigrationLocked.\n${advice(found)}`,
    );
  }
}

const NOBODY = 'No other session is connected to this database, so nobody holds it.';

function problem({ rows }: RowLock): string {
  return rows > 1
    ? `the table has ${rows} rows instead of one, as two first runs at the same time leave it`
    : 'it is taken, as a run outside of a transaction takes it and leaves it when it crashes';
}

const FREE = '  npx knex migrate:unlock';

function advice({ stale, holders }: RowLock): string {
  if (stale) {
    return `${NOBODY} Free it:\n${FREE}\nor let this command do so: holdfast exclusive --unlock-stale -- …`;
  }
  const list = holders.slice(0, 10).map(({ pid, user, application, state, ageSeconds }) => {
    const age = ageSeconds === null ? null : `connected for ${duration(ageSeconds * 1_000)}`;
    return `  pid ${pid} (${[user, application, state, age].filter(Boolean).join(', ')})`;
  });
  const more = holders.length > list.length ? [`  and ${holders.length - list.length} more`] : [];
  return `One of these sessions may be its holder:\n${[...list, ...more].join('\n')}\nIf none of them runs migrations, free it:\n${FREE}`;
}
