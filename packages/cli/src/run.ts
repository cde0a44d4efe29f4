/** `holdfast <command>`: finds the command, and turns what it throws into a message and an exit code. */
import { HoldfastError, InvalidArgumentError, LockTimeoutError } from '@holdfast/core';
import { baseline } from './baseline/command.js';
import { check } from './check/command.js';
import { doctor } from './doctor/command.js';
import { exclusive } from './exclusive/command.js';
import { EXIT, type Io } from './exit.js';
import { lock } from './lock/command.js';
import { markApplied } from './mark-applied/command.js';
import { plan } from './plan/command.js';
import { runAnyway } from './run-anyway/command.js';

export { EXIT, type Io } from './exit.js';

/** One command: what its `--help` says, and what it does with the arguments behind its name. Resolves with the exit code. */
interface Command {
  readonly summary: string;
  readonly help: string;
  run(args: readonly string[], io: Io): Promise<number>;
}

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['lock', lock],
  ['check', check],
  ['plan', plan],
  ['doctor', doctor],
  ['baseline', baseline],
  ['mark-applied', markApplied],
  ['run', runAnyway],
  ['exclusive', exclusive],
]);

const STANDARD: Io = {
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
  env: process.env,
};

/** Runs the command that `args` name (without the paths of Node and the program). Resolves with its exit code, never rejects. */
export async function run(args: readonly string[], io: Io = STANDARD): Promise<number> {
  const [name = '', ...rest] = args;
  const command = COMMANDS.get(name);
  if (command === undefined) return withoutCommand(name, io);
  const options = rest.slice(0, [...rest, '--'].indexOf('--'));
  if (options.includes('--help') || options.includes('-h')) {
    io.out(command.help);
    return 0;
  }
  try {
    return await command.run(rest, io);
  } catch (error) {
    return failure(name, error, io);
  }
}

function withoutCommand(name: string, io: Io): number {
  const list = [...COMMANDS].map(([each, { summary }]) => `  ${each.padEnd(14)}${summary}`).join('\n');
  const help = `Usage: holdfast <command> [options]\n\nCommands:\n${list}\n\nholdfast <command> --help tells more.`;
  const asked = name === '--help' || name === '-h' || name === 'help';
  if (asked) io.out(help);
  else io.err(name === '' ? help : `holdfast: there is no command ${name}.\n\n${help}`);
  return asked ? 0 : EXIT.usage;
}

function failure(name: string, error: unknown, io: Io): number {
  if (!(error instanceof HoldfastError)) {
    io.err(`holdfast ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return EXIT.failed;
  }
  io.err(error.message);
  if (error instanceof InvalidArgumentError) return EXIT.usage;
  return error instanceof LockTimeoutError ? EXIT.lockTimeout : EXIT.failed;
}
