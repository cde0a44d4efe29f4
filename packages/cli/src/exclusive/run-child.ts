/** Runs the command as a child that shares the terminal, the signals and the life of the lock. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { HELD_BY_PARENT, type RunnerLock } from '@holdfast/core';
import { EXIT, type Io } from '../exit.js';
import { OPERATION } from './arguments.js';

/** Resolves with the exit code for this program: that of the command, 128 + n after signal n, or one of `EXIT`. */
export async function runChild(
  lock: RunnerLock,
  [program, ...args]: readonly [string, ...string[]],
  io: Io,
): Promise<number> {
  const child = spawn(program, args, {
    stdio: stdioWith(lock),
    env: { ...io.env, [HELD_BY_PARENT]: lock.holder },
    shell: process.platform === 'win32',
  });
  const stopPassing = passSignals(child);
  let lost = false;
  void lock.connection.lost.then(() => {
    if (lock.inherited || child.exitCode !== null || child.signalCode !== null) return;
    lost = true;
    io.err(`${OPERATION}: ending the command with SIGTERM.`);
    child.kill('SIGTERM');
  });
  try {
    const code = await ended(child, program, io);
    return lost ? EXIT.failed : code;
  } finally {
    stopPassing();
  }
}

/**
 * With a copy of the lock's socket in the child, the server keeps the session, and so the lock, until the child has ended too, even when
 * this process is killed. Windows has no such descriptors.
 */
function stdioWith(lock: RunnerLock): StdioOptions {
  const { connection } = lock.connection.client as Wire;
  const fd = connection?.stream?._handle?.fd ?? -1;
  const stdio: ('inherit' | 'ignore' | number)[] = ['inherit', 'inherit', 'inherit'];
  if (lock.inherited || fd < stdio.length) return stdio;
  // Under its own number: under any other one it could take the place of the pipe on which the child reports that it cannot start
  // (libuv does not look), and that report would go to the server.
  while (stdio.length < fd) stdio.push('ignore');
  return [...stdio, fd];
}

/** What `pg` holds its socket in. Of a TLS stream the descriptor is that of the socket underneath. */
interface Wire {
  readonly connection?: { readonly stream?: { readonly _handle?: { readonly fd?: number } | null } };
}

function passSignals(child: ChildProcess): () => void {
  const pass = (signal: NodeJS.Signals): void => {
    // Ctrl-C: the terminal has told the child already, and many programs take a second one for "at once".
    if (signal === 'SIGINT' && [0, 1, 2].some((fd) => isatty(fd))) return;
    child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, pass);
  return () => {
    for (const signal of signals) process.off(signal, pass);
  };
}

function ended(child: ChildProcess, program: string, io: Io): Promise<number> {
  return new Promise((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return; // a signal could not be delivered: the end will come all the same
      const missing = error.code === 'ENOENT';
      io.err(
        `${OPERATION}: ${program}: ${missing ? 'there is no such command' : `cannot be executed (${error.message})`}.`,
      );
      resolve(missing ? EXIT.notFound : EXIT.notExecutable);
    });
    child.on('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
