/** Options of a guard: untrusted `GuardOptions` in, complete `Settings` out. All defaults stand in `resolveOptions` and nowhere else. */
import { InvalidArgumentError } from './errors.js';
import type { GuardEvent } from './events.js';

/** A logger in the shape of `pino` or `console`. */
export interface Logger {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  debug?(message: string): void;
}

export interface GuardOptions {
  /** Schema of names without one. Default: the session's `search_path` decides. */
  readonly schema?: string;
  /** Name of the migration, for reports and errors. Default: none. */
  readonly migrationId?: string;
  /** `plan` reads only and answers what `apply` would do. Default `apply`. */
  readonly mode?: 'apply' | 'plan';
  /** What an existing object that differs does: `throw` a `MismatchError`, or `warn` and leave it as it is (`skipped`). Default `throw`. */
  readonly onMismatch?: 'throw' | 'warn';
  /** What a difference that cannot be proved does. `accept` takes the object as present. Default `throw`. */
  readonly onUnproved?: 'throw' | 'accept';
  /** How long one try may wait for a lock, in ms, 1–3 600 000. 0 is refused: PostgreSQL reads it as *forever*. Default 2 000: a queue behind a strong lock stays shorter than most request timeouts. */
  readonly lockTimeoutMs?: number;
  /** Tries after the first one, 0–1 000. Default 20. */
  readonly lockRetries?: number;
  /** Pause before the second try, in ms; doubles with each try, with jitter. 1–3 600 000. Default 250. */
  readonly lockRetryBaseMs?: number;
  /** Longest pause between tries, in ms. Default 15 000. */
  readonly lockRetryMaxMs?: number;
  /** Cap of all waiting for the locks of one step, pauses included, in ms. Default 120 000. */
  readonly lockTotalMs?: number;
  /** Limit of a statement that scans under a weak lock (CREATE INDEX CONCURRENTLY, VALIDATE), in ms. Default 86 400 000, a day: a limit that fires leaves an INVALID index. */
  readonly scanTimeoutMs?: number;
  /** From this size on a table is large: what would block it is refused. In bytes, indexes not counted. Default 10 485 760 (10 MB). */
  readonly largeTableBytes?: number;
  /** What a person should read goes there, in the shape of `pino` or `console`. Default: none. */
  readonly logger?: Logger;
  /** Called with every event, synchronously. What it throws is thrown on. Default: none. */
  readonly onEvent?: (event: GuardEvent) => void;
  /** Leaves the text of other sessions' queries out of errors and logs. Default false. */
  readonly redactQueries?: boolean;
}

/** Options with every value present. */
export interface Settings {
  readonly schema: string | undefined;
  readonly migrationId: string | undefined;
  readonly mode: 'apply' | 'plan';
  readonly onMismatch: 'throw' | 'warn';
  readonly onUnproved: 'throw' | 'accept';
  readonly lockTimeoutMs: number;
  readonly lockRetries: number;
  readonly lockRetryBaseMs: number;
  readonly lockRetryMaxMs: number;
  readonly lockTotalMs: number;
  readonly scanTimeoutMs: number;
  readonly largeTableBytes: number;
  readonly logger: Logger | undefined;
  readonly onEvent: ((event: GuardEvent) => void) | undefined;
  readonly redactQueries: boolean;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

const NUMBERS = {
  lockTimeoutMs: { byDefault: 2_000, min: 1, max: HOUR_MS },
  lockRetries: { byDefault: 20, min: 0, max: 1_000 },
  lockRetryBaseMs: { byDefault: 250, min: 1, max: HOUR_MS },
  lockRetryMaxMs: { byDefault: 15_000, min: 1, max: HOUR_MS },
  lockTotalMs: { byDefault: 120_000, min: 1, max: DAY_MS },
  scanTimeoutMs: { byDefault: DAY_MS, min: 1, max: 2_147_483_647 },
  largeTableBytes: { byDefault: 10 * 1024 * 1024, min: 0, max: Number.MAX_SAFE_INTEGER },
} as const;

const CHOICES = {
  mode: ['apply', 'plan'],
  onMismatch: ['throw', 'warn'],
  onUnproved: ['throw', 'accept'],
} as const;

const OTHERS = ['schema', 'migrationId', 'logger', 'onEvent', 'redactQueries'];

/** Checks options and fills in the defaults. All mistakes are in one `InvalidArgumentError`, each with its key. */
export function resolveOptions(options: GuardOptions = {}): Settings {
  const mistakes: string[] = [];
  const isObject = typeof options === 'object' && options !== null && !Array.isArray(options);
  if (!isObject) mistakes.push('options: must be an object');
  const known: GuardOptions = isObject ? options : {};
  const given: Readonly<Record<string, unknown>> = { ...known };
  const number = (key: keyof typeof NUMBERS): number => {
    const { byDefault, min, max } = NUMBERS[key];
    const value = given[key] ?? byDefault;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    mistakes.push(`${key}: ${String(value)} is not a whole number from ${min} to ${max}`);
    return byDefault;
  };
  const choice = <K extends keyof typeof CHOICES>(key: K): (typeof CHOICES)[K][number] => {
    const allowed: readonly unknown[] = CHOICES[key];
    const value = given[key] ?? allowed[0];
    if (!allowed.includes(value)) mistakes.push(`${key}: ${String(value)} is none of ${allowed.join(', ')}`);
    return value as (typeof CHOICES)[K][number];
  };
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(NUMBERS, key) && !Object.hasOwn(CHOICES, key) && !OTHERS.includes(key))
      mistakes.push(`${key}: no such option`);
  }
  for (const key of ['schema', 'migrationId'] as const) {
    const value = given[key];
    if (value !== undefined && (typeof value !== 'string' || value === '' || value.includes('\0')))
      mistakes.push(`${key}: must be a non-empty string without NUL`);
  }
  mistakes.push(...checkOthers(given));
  const settings: Settings = {
    schema: known.schema,
    migrationId: known.migrationId,
    mode: choice('mode'),
    onMismatch: choice('onMismatch'),
    onUnproved: choice('onUnproved'),
    lockTimeoutMs: number('lockTimeoutMs'),
    lockRetries: number('lockRetries'),
    lockRetryBaseMs: number('lockRetryBaseMs'),
    lockRetryMaxMs: number('lockRetryMaxMs'),
    lockTotalMs: number('lockTotalMs'),
    scanTimeoutMs: number('scanTimeoutMs'),
    largeTableBytes: number('largeTableBytes'),
    logger: known.logger,
    onEvent: known.onEvent,
    redactQueries: known.redactQueries ?? false,
  };
  if (mistakes.length > 0) throw wrongOptions(mistakes);
  return settings;
}

function checkOthers({ logger, onEvent, redactQueries }: Readonly<Record<string, unknown>>): readonly string[] {
  const methods = ['info', 'warn', 'error'] as const;
  const logs = methods.every(
    (method) => typeof (logger as Partial<Logger> | null | undefined)?.[method] === 'function',
  );
  return [
    logger === undefined || logs ? '' : `logger: must have the methods ${methods.join(', ')}`,
    onEvent === undefined || typeof onEvent === 'function' ? '' : 'onEvent: must be a function',
    redactQueries === undefined || typeof redactQueries === 'boolean' ? '' : 'redactQueries: must be true or false',
  ].filter((mistake) => mistake !== '');
}

function wrongOptions(mistakes: readonly string[]): InvalidArgumentError {
  return new InvalidArgumentError({
    operation: 'guard',
    target: 'options',
    happened: `\n  - ${mistakes.join('\n  - ')}`,
    hint: 'Correct these options.',
  });
}
