/** `holdfast doctor`: is all set up so that migrations are guarded, and is nothing left of earlier failures? */
import { EXIT, type Io } from '../exit.js';
import { askProject } from '../project/ask-project.js';
import { PROJECT_HELP, parseProjectOptions, projectJob } from '../project/options.js';
import type { Finding } from './check.js';
import type { DoctorJob } from './job.js';

const OPERATION = 'holdfast doctor';
const HELP = `Usage: holdfast doctor [options]

Looks at the set-up of a Knex or TypeORM project and at its database, and says what is wrong with them, each with
its cure: is the guard in force, is the lock file up to date, do the packages fit, does the connection go through a
pooler, is a runner's lock left of a crash, are there INVALID indexes and constraints that are NOT VALID. Changes nothing.

Options:
${PROJECT_HELP}
  --json                      The result as JSON on stdout.
  --help

Exit codes:
  0    no problem; there may be warnings
  1    a problem
  2    wrong options
  125  the process that looks has failed`;

export const doctor = {
  summary: 'tell what is wrong with the set-up',
  help: HELP,
  async run(args: readonly string[], io: Io): Promise<number> {
    const values = parseProjectOptions(OPERATION, args, {});
    const { job, execArgv } = projectJob(OPERATION, values, io);
    const asked: DoctorJob = { command: 'doctor', ...job };
    const findings = await askProject<readonly Finding[]>(asked, execArgv, io);
    const healthy = findings.every(({ level }) => level !== 'problem');
    io.out(values.json ? JSON.stringify({ healthy, findings }) : findings.flatMap(lines).join('\n'));
    return healthy ? 0 : EXIT.different;
  },
};

function lines({ check, level, found, cure }: Finding): string[] {
  const [first = '', ...rest] = found.split('\n');
  return [
    `${level.padEnd(8)} ${check.padEnd(13)} ${first}`,
    ...[...rest, ...(cure?.split('\n') ?? [])].map((line) => `${' '.repeat(23)}${line}`),
  ];
}
