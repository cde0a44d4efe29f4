/** Starts the built command `holdfast` as a person would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export const BIN = fileURLToPath(new URL('../../packages/cli/dist/bin.js', import.meta.url));

export interface Ran {
  readonly process: ChildProcess;
  /** All that was printed so far. */
  readonly printed: { out: string; err: string };
  /** Resolves when it has ended and all output is there. */
  readonly ended: Promise<{
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly out: string;
    readonly err: string;
  }>;
}

/** `env` replaces DATABASE_URL and the PG variables of the machine, the rest stays. */
export function holdfast(args: readonly string[], env: NodeJS.ProcessEnv): Ran {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith('PG') && name !== 'DATABASE_URL');
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { ...Object.fromEntries(clean), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed.err += text;
  });
  const ended = new Promise<Awaited<Ran['ended']>>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, ...printed }));
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return { process: child, printed, ended };
}

/** The arguments to run a few lines of JavaScript in Node, as the command under the lock. */
export function script(lines: string): readonly string[] {
  return ['--', process.execPath, '-e', lines];
}
