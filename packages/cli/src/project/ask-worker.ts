/** Starts the process that runs the project's code: hooks for TypeScript work from the start of a process, and its handles end with it. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Io } from '../exit.js';

/** Built beside the command. */
export type Worker = 'lock-worker' | 'project-worker';

/** Sends the job, and resolves with the answer; with a text that tells how the process ended, where it gave none. What the project prints goes to `print`. */
export function askWorker<A extends object>(
  worker: Worker,
  { job, execArgv }: { readonly job: object; readonly execArgv: readonly string[] },
  { env, err: print }: Pick<Io, 'env' | 'err'>,
): Promise<A | string> {
  const child = fork(fileURLToPath(new URL(`./${worker}.js`, import.meta.url)), {
    execArgv: [...execArgv],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { TS_NODE_TRANSPILE_ONLY: 'true', ...env },
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => print(text.trimEnd()));
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as A));
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(`the process ended with ${signal ?? `code ${code}`}`));
    child.send(job);
  });
}
