/** The processes that run migrations: start, wait for their word, end. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Outcome } from '@holdfast/core';
import type { Round } from './rounds.js';

const PROGRAM = fileURLToPath(new URL('./migration.mjs', import.meta.url));

/** An error as the process has told it; fields that it has not are absent. */
interface ToldError {
  readonly name: string;
  readonly code?: string;
  readonly left?: string;
  readonly message: string;
  readonly cause: string;
  readonly stack: string;
}

/** lock_timeout and statement_timeout of the host's connection, before and after; null when the connection is gone. */
interface Told {
  readonly settings: string;
  readonly settingsAfter: string | null;
}

export interface Ended extends Told {
  readonly type: 'ended';
  readonly status: string;
}

export interface Failed extends Told {
  readonly type: 'failed';
  readonly stage: 'operation' | 'commit';
  readonly error: ToldError;
}

export type RunAgain =
  | { readonly type: 'ended'; readonly first: Outcome; readonly second: Outcome }
  | { readonly type: 'failed'; readonly error: ToldError };

export interface Victim {
  /** How long the operation took on the other database, with its commit. */
  readonly durationMs: number;
  /** What it says in the end; null when it was killed. */
  readonly end: Promise<Ended | Failed | null>;
  kill(): void;
  /** Resolves when the process is gone. */
  close(): Promise<void>;
}

/** Resolves when the migration begins. */
export async function startVictim(round: Round, url: string, cleanUrl: string): Promise<Victim> {
  const child = start('victim', round, url, cleanUrl);
  const begun = await nextMessage<{ durationMs: number }>(child);
  if (begun === null) throw new Error('the process ended before the migration began');
  return {
    durationMs: begun.durationMs,
    end: nextMessage<Ended | Failed>(child),
    kill: () => void child.kill('SIGKILL'),
    close: () => close(child),
  };
}

/** The same migration, twice, in a process of its own. */
export async function runAgain(round: Round, url: string): Promise<RunAgain> {
  const child = start('again', round, url);
  const told = await nextMessage<RunAgain>(child);
  await close(child);
  if (told === null) throw new Error('the process ended without a word');
  return told;
}

function start(task: 'victim' | 'again', { hostName, form, index }: Round, ...urls: string[]): ChildProcess {
  return fork(PROGRAM, [task, hostName, form, String(index), ...urls], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
  });
}

/** Null when the process was killed; rejects when it ended by itself. */
function nextMessage<T>(child: ChildProcess): Promise<T | null> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T));
    child.once('exit', (code, signal) => {
      if (signal === 'SIGKILL') resolve(null);
      else reject(new Error(`the process ended by itself, code ${code}`));
    });
  });
}

async function close(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  if (child.connected) child.disconnect();
  await exited;
}
