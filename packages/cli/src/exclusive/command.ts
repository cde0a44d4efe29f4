/** `holdfast exclusive -- <command>`: runs a command while it holds the lock of the database that deployers take turns by. */
import { takeRunnerLock } from '@holdfast/core';
import type { Io } from '../exit.js';
import { readArguments } from './arguments.js';
import { connect } from './connect.js';
import { lookAtKnexLock } from './knex-lock.js';
import { runChild } from './run-child.js';

const HELP = `Usage: holdfast exclusive [options] -- <command> [its arguments]

Runs the command while holding a lock of the database, so that one deployer at a time migrates it. Others
wait for their turn. Ends with the exit code of the command.

  holdfast exclusive -- npx knex migrate:latest
  holdfast exclusive --wait 30m --url "$ADMIN_URL" -- npm run deploy

Options:
  --url <connection string>   Default: DATABASE_URL, else PGHOST, PGDATABASE, PGUSER, ... as for psql.
                              Directly to PostgreSQL, not through PgBouncer.
  --wait <time>               How long to wait for another deployer: 0, 90s, 10m, 1h. Default 10m.
  --name <name>               Which lock of the database. Default migrations.
  --knex-lock-table <table>   Where Knex keeps its own lock. Default knex_migrations_lock.
  --unlock-stale              Free that lock when a crash has left it: when it is taken and no other session
                              is connected to the database.
  --pool-mode session         There is a pooler in between, and it gives each client a session of its own.
  --help

Exit codes of its own:
  2    wrong options
  124  the lock was not granted in time
  125  no connection, or the lock was lost while the command ran
  126  the command cannot be executed
  127  there is no such command
  128+n  the command was ended by signal n`;

export const exclusive = {
  summary: 'run a command while holding the lock of the database',
  help: HELP,
  async run(args: readonly string[], io: Io): Promise<number> {
    const wanted = readArguments(args, io);
    const lock = await takeRunnerLock(await connect(wanted, io), wanted.request);
    try {
      await lookAtKnexLock(lock, wanted, io);
      return await runChild(lock, wanted.command, io);
    } finally {
      await lock.release();
    }
  },
};
