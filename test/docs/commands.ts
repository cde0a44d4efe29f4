/** Commands that the documentation tells people to type. */
import { readdirSync, readFileSync } from 'node:fs';
import { baseline } from '../../packages/cli/src/baseline/command.js';
import { check } from '../../packages/cli/src/check/command.js';
import { doctor } from '../../packages/cli/src/doctor/command.js';
import { readArguments } from '../../packages/cli/src/exclusive/arguments.js';
import { lock } from '../../packages/cli/src/lock/command.js';
import { markApplied } from '../../packages/cli/src/mark-applied/command.js';
import { plan } from '../../packages/cli/src/plan/command.js';
import { runAnyway } from '../../packages/cli/src/run-anyway/command.js';
import { root } from './markdown.js';

/** Commands of the hosts, which are not run here. */
const OF_HOSTS = new Set(['npx knex migrate:latest', 'npx typeorm migration:run -d data-source.js']);

/** Throws unless each line is `npm test`, a script of this repository, an install of its packages or a command of a host. */
export function checkCommands(text: string): void {
  const { scripts } = manifest('package.json');
  const packages = readdirSync(`${root}packages`).map((name) => manifest(`packages/${name}/package.json`));
  const installable = new Set(packages.flatMap((p) => [p.name, ...Object.keys(p.peerDependencies ?? {})]));
  for (const line of text.split('\n')) {
    const command = line.replace(/\s+#.*$/, '').trim();
    const [npm, verb = '', ...rest] = command.split(/\s+/);
    const script = verb === 'run' ? rest[0] : verb;
    const known =
      command === '' ||
      OF_HOSTS.has(command) ||
      (command.startsWith('npx holdfast exclusive ') && isExclusive(command)) ||
      ((command.split(' ')[2] ?? '') in OF_HOLDFAST && command.startsWith('npx holdfast ') && hasOptions(command)) ||
      (npm === 'npm' && verb === 'install' && rest.every((name) => installable.has(name))) ||
      (npm === 'npm' && script !== undefined && script in (scripts ?? {})) ||
      (npm === 'HOLDFAST_DOCS=write' && command.endsWith('npx vitest run --project db test/docs'));
    if (!known) throw new Error(`no such command: ${command}`);
  }
}

/** What stands before `--` are options that there are, and what stands behind it is a command that the documentation may name. */
function isExclusive(command: string): boolean {
  const io = { out: () => {}, err: () => {}, env: {} };
  const { command: run } = readArguments(command.split(' ').slice(3), io);
  if (run[0] !== 'npm') checkCommands(run.join(' '));
  return true;
}

const OF_HOLDFAST: Readonly<Record<string, { readonly help: string }>> = {
  baseline,
  check,
  doctor,
  lock,
  'mark-applied': markApplied,
  plan,
  run: runAnyway,
};

/** Every option is one that the help of the command names. */
function hasOptions(command: string): boolean {
  const [, , name = '', ...rest] = command.split(' ');
  const { help = '' } = OF_HOLDFAST[name] ?? {};
  return rest.filter((word) => word.startsWith('--')).every((option) => help.includes(` ${option} `));
}

interface Manifest {
  readonly name: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

function manifest(path: string): Manifest {
  return JSON.parse(readFileSync(`${root}${path}`, 'utf8')) as Manifest;
}
