/** The arguments of `holdfast exclusive`, read and checked before anything is connected. */
import { parseArgs } from 'node:util';
import { InvalidArgumentError, type ObjectName, type RunnerLockRequest, resolveRunnerLock } from '@holdfast/core';
import type { Io } from '../exit.js';

export interface Exclusive {
  readonly url: string | undefined;
  readonly command: readonly [string, ...string[]];
  readonly request: RunnerLockRequest;
  readonly knexLockTable: ObjectName;
  readonly unlockStale: boolean;
}

export const OPERATION = 'holdfast exclusive';

const OPTIONS = {
  url: { type: 'string' },
  wait: { type: 'string' },
  name: { type: 'string' },
  'knex-lock-table': { type: 'string', default: 'knex_migrations_lock' },
  'unlock-stale': { type: 'boolean', default: false },
  'pool-mode': { type: 'string' },
} as const;

/** Throws `InvalidArgumentError`. What stands behind the first `--` is not looked at: it belongs to the command. */
export function readArguments(args: readonly string[], io: Io): Exclusive {
  const end = args.indexOf('--');
  const [program, ...rest] = end < 0 ? [] : args.slice(end + 1);
  const { values, positionals } = parse(end < 0 ? args : args.slice(0, end));
  const [stray] = positionals;
  if (stray !== undefined && end < 0) throw wrong(`the command begins behind --, and there is none.`);
  if (stray !== undefined) throw wrong(`${stray} stands before -- and is no option.`);
  if (program === undefined || program === '') throw wrong('there is no command to run.');
  const { 'pool-mode': poolMode, 'knex-lock-table': knexLockTable } = values;
  if (poolMode !== undefined && poolMode !== 'session') throw wrong(`--pool-mode ${poolMode}: it can only be session.`);
  const settings = resolveRunnerLock(
    {
      ...(values.name === undefined ? {} : { name: values.name }),
      ...(values.wait === undefined ? {} : { waitMs: milliseconds(values.wait) }),
      ...(poolMode === undefined ? {} : { poolMode }),
    },
    OPERATION,
  );
  return {
    url: values.url,
    command: [program, ...rest],
    knexLockTable: tableName(knexLockTable),
    unlockStale: values['unlock-stale'],
    request: {
      settings,
      operation: OPERATION,
      logger: { info: io.err, warn: io.err, error: io.err },
      words: { wait: 'holdfast exclusive --wait 30m', poolMode: '--pool-mode session' },
    },
  };
}

function parse(
  args: readonly string[],
): ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    // Node's own words name the option and what is wrong with it.
    const [first = ''] = (error as Error).message.split('. To specify a positional');
    throw wrong(`${first.replace(/\.$/, '')}.`, error);
  }
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `0`, `500ms`, `90s`, `10m`, `1.5h`. A number alone could be meant in any unit. */
function milliseconds(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  if (text !== '0' && number === '') throw wrong(`--wait ${text}: write it as 90s, 10m or 1h, or 0 to try once.`);
  return text === '0' ? 0 : Math.round(Number(number) * (UNITS[unit] ?? 0));
}

/** `knex_migrations_lock` or `app.knex_migrations_lock`. */
function tableName(text: string): ObjectName {
  const [name = '', schema, ...others] = text.split('.').toReversed();
  if (name !== '' && schema !== '' && others.length === 0) return { schema, name };
  throw wrong(`--knex-lock-table ${text}: write it as knex_migrations_lock or app.knex_migrations_lock.`);
}

function wrong(happened: string, cause?: unknown): InvalidArgumentError {
  return new InvalidArgumentError({
    operation: OPERATION,
    target: '',
    happened,
    left: '',
    hint: 'Write: holdfast exclusive [options] -- <command>. For example:\n  holdfast exclusive --wait 30m -- npx knex migrate:latest\nholdfast exclusive --help tells all options.',
    cause,
  });
}
