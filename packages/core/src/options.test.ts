import { describe, expect, test } from 'vitest';
import { InvalidArgumentError } from './errors.js';
import { type GuardOptions, resolveOptions } from './options.js';

function mistakes(options: unknown): string {
  try {
    resolveOptions(options as GuardOptions);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidArgumentError);
    return (error as InvalidArgumentError).happened;
  }
  return '';
}

test('fills in the defaults', () => {
  expect(resolveOptions()).toMatchInlineSnapshot(`
    {
      "largeTableBytes": 10485760,
      "lockRetries": 20,
      "lockRetryBaseMs": 250,
      "lockRetryMaxMs": 15000,
      "lockTimeoutMs": 2000,
      "lockTotalMs": 120000,
      "logger": undefined,
      "migrationId": undefined,
      "mode": "apply",
      "onEvent": undefined,
      "onMismatch": "throw",
      "onUnproved": "throw",
      "redactQueries": false,
      "scanTimeoutMs": 86400000,
      "schema": undefined,
    }
  `);
});

test('undefined values are as good as absent ones', () => {
  const options = { lockTimeoutMs: undefined, mode: undefined, schema: undefined } as unknown as GuardOptions;
  expect(resolveOptions(options)).toEqual(resolveOptions());
});

test('keeps what is given', () => {
  const onEvent = (): void => undefined;
  const given: GuardOptions = {
    schema: 'app',
    migrationId: '0001',
    mode: 'plan',
    onMismatch: 'warn',
    onUnproved: 'accept',
    lockTimeoutMs: 1,
    lockRetries: 0,
    lockRetryBaseMs: 1,
    lockRetryMaxMs: 3_600_000,
    lockTotalMs: 1,
    scanTimeoutMs: 1,
    largeTableBytes: 0,
    logger: console,
    onEvent,
    redactQueries: true,
  };
  expect(resolveOptions(given)).toEqual(given);
});

describe('refuses', () => {
  test.each([
    [{ lockTimeoutMs: 0 }, 'lockTimeoutMs'],
    [{ lockTimeoutMs: 1.5 }, 'lockTimeoutMs'],
    [{ lockTimeoutMs: '2000' }, 'lockTimeoutMs'],
    [{ lockTimeoutMs: Number.NaN }, 'lockTimeoutMs'],
    [{ lockTimeoutMs: 3_600_001 }, 'lockTimeoutMs'],
    [{ lockRetries: -1 }, 'lockRetries'],
    [{ lockRetries: Number.POSITIVE_INFINITY }, 'lockRetries'],
    [{ scanTimeoutMs: 0 }, 'scanTimeoutMs'],
    [{ scanTimeoutMs: 2_147_483_648 }, 'scanTimeoutMs'],
    [{ largeTableBytes: -1 }, 'largeTableBytes'],
    [{ mode: 'dry' }, 'mode'],
    [{ onMismatch: 'ignore' }, 'onMismatch'],
    [{ onUnproved: 'warn' }, 'onUnproved'],
    [{ schema: '' }, 'schema'],
    [{ schema: 'a\0b' }, 'schema'],
    [{ schema: 5 }, 'schema'],
    [{ migrationId: '' }, 'migrationId'],
    [{ logger: 'stdout' }, 'logger'],
    [{ logger: {} }, 'logger'],
    [{ onEvent: 'log' }, 'onEvent'],
    [{ redactQueries: 'yes' }, 'redactQueries'],
    [{ lockTimeout: 2000 }, 'lockTimeout'],
    [{ toString: 1 }, 'toString'],
  ])('%j', (options, key) => {
    expect(mistakes(options)).toContain(`\n  - ${key}: `);
  });

  test.each([[null], ['app'], [5], [[]]])('%j in place of options', (options) => {
    expect(mistakes(options)).toContain('must be an object');
  });

  test('and names all mistakes at once, each with its key', () => {
    const options = { lockTimeoutMs: 0, onMismatch: 'ignore', shcema: 'app', migrationId: '' };
    expect(() => resolveOptions(options as unknown as GuardOptions)).toThrowErrorMatchingInlineSnapshot(`
      [InvalidArgumentError: guard: options: 
        - shcema: no such option
        - migrationId: must be a non-empty string without NUL
        - onMismatch: ignore is none of throw, warn
        - lockTimeoutMs: 0 is not a whole number from 1 to 3600000
      Nothing was changed.
      Correct these options.]
    `);
  });
});
