/** Options of the lock of a runner: untrusted in, complete out. All defaults stand in `resolveRunnerLock`. */
import { InvalidArgumentError } from './errors.js';
import type { Logger } from './options.js';

export interface RunnerLockOptions {
  /**
   * Which lock of the database. Default `migrations`: all deployers of one database wait for each other. Two applications that share a
   * database and nothing in it may use two names.
   */
  readonly name?: string;
  /**
   * How long to wait for another deployer, in ms. 0–86 400 000, 0 tries once. Default 600 000 (10 minutes): as long as Kubernetes
   * gives a rollout; migrations that take longer need more.
   */
  readonly waitMs?: number;
  /**
   * `session` says that the pooler between here and the server gives each client a session of its own (`pool_mode = session`).
   * Default: a connection through a pooler is refused, because in any other mode the lock would belong to nobody.
   */
  readonly poolMode?: 'session';
}

export interface RunnerLockSettings {
  readonly name: string;
  readonly waitMs: number;
  readonly poolMode: 'session' | undefined;
}

/** Who wants the lock, which, and how to speak of it. */
export interface RunnerLockRequest {
  readonly settings: RunnerLockSettings;
  /** For messages: `guardedDataSource`, `holdfast exclusive`. */
  readonly operation: string;
  /** Who holds the lock while we wait, and that it was lost, goes there. */
  readonly logger: Logger;
  readonly words: {
    /** How to wait longer, ready to paste. */
    readonly wait: string;
    /** How to say `poolMode: 'session'`, ready to paste. */
    readonly poolMode: string;
  };
}

const DAY_MS = 86_400_000;
const KEYS = ['name', 'waitMs', 'poolMode'];

/** Checks options and fills in the defaults. All mistakes are in one `InvalidArgumentError`, each with its key. */
export function resolveRunnerLock(options: RunnerLockOptions = {}, operation = 'runner lock'): RunnerLockSettings {
  const isObject = typeof options === 'object' && options !== null;
  const { name = 'migrations', waitMs = 600_000, poolMode } = isObject ? options : {};
  const isName = typeof name === 'string' && name !== '' && !name.includes('\0');
  const mistakes = [
    isObject ? '' : 'must be an object',
    ...Object.keys(isObject ? options : {}).map((key) => (KEYS.includes(key) ? '' : `${key}: no such option`)),
    isName ? '' : 'name: must be a non-empty string without NUL',
    Number.isInteger(waitMs) && waitMs >= 0 && waitMs <= DAY_MS
      ? ''
      : `waitMs: ${String(waitMs)} is not a whole number from 0 to ${DAY_MS}`,
    poolMode === undefined || poolMode === 'session' ? '' : `poolMode: ${String(poolMode)} is not session`,
  ].filter((mistake) => mistake !== '');
  if (mistakes.length === 0) return { name, waitMs, poolMode };
  throw new InvalidArgumentError({
    operation,
    target: 'options of the lock',
    happened: `\n  - ${mistakes.join('\n  - ')}`,
    hint: 'Correct these options.',
  });
}

/** `800 ms`, `14 s`, `3 min`, `2 h`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}
