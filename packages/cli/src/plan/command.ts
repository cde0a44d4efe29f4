/** `holdfast plan`: what the pending migrations will do to a database, statement by statement, before they do it. */
import { resolve } from 'node:path';
import { EXIT, type Io } from '../exit.js';
import { askProject } from '../project/ask-project.js';
import { PROJECT_HELP, parseProjectOptions, projectJob } from '../project/options.js';
import type { PlanJob } from './job.js';
import { printPlan } from './print.js';
import type { Plan } from './result.js';

const OPERATION = 'holdfast plan';
const HELP = `Usage: holdfast plan [options]

Rehearses the pending migrations of a Knex or TypeORM project on a copy of the schema, in a PostgreSQL inside of
this process, and tells of each statement what becomes of it, which locks it takes, and whether it reads or rewrites a
whole table. The live database is read once, in a read-only transaction, and not changed.

Options:
${PROJECT_HELP}
  --fresh                     Make the copy anew, and keep nothing for the next run.
  --json                      The result as JSON on stdout.
  --help

Exit codes:
  0    all of them would run, or are there already
  1    one would stop, fail or be refused
  2    wrong options
  125  no connection, the project cannot be read, or the copy cannot be made`;

export const plan = {
  summary: 'tell what the pending migrations will do',
  help: HELP,
  async run(args: readonly string[], io: Io): Promise<number> {
    const values = parseProjectOptions(OPERATION, args, { fresh: { type: 'boolean' } });
    const { job, execArgv } = projectJob(OPERATION, values, io);
    const cache = values.fresh === true ? null : resolve('node_modules/.cache/holdfast', `${job.tool}-plan`);
    const asked: PlanJob = { command: 'plan', ...job, cache };
    const result = await askProject<Plan>(asked, execArgv, io);
    io.out(values.json === true ? JSON.stringify(result) : printPlan(result));
    return result.allRun ? 0 : EXIT.different;
  },
};
