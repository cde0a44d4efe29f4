import { expect, test } from 'vitest';
import type { Outcome, OutcomeStatus } from '../outcome.js';
import { makeReport } from './report.js';

test('a report counts operations and prints them aligned, children indented', () => {
  const report = makeReport('add-email', [
    outcome('applied', 'safeAddColumn', 'public.users.email', {
      children: [outcome('applied', 'safeCreateIndex', 'public.users(email)')],
    }),
    outcome('repaired', 'forEachTable', 'users, orders, notes', {
      children: [
        outcome('unchanged', 'table', 'users', {
          children: [outcome('unchanged', 'safeSetNotNull', 'public.users.email')],
        }),
        outcome('repaired', 'table', 'orders', {
          children: [outcome('repaired', 'backfill', 'public.orders', { rows: 1 })],
        }),
        outcome('skipped', 'table', 'notes', { reason: 'table notes does not exist' }),
      ],
    }),
    outcome('failed', 'attempt', 'comment', {
      reason: 'HF_PRIVILEGE no\nsecond line',
      children: [outcome('applied', 'backfill', 'public.users', { rows: 20 })],
    }),
  ]);
  expect(report.counts).toMatchObject({ applied: 1, unchanged: 1, repaired: 1, skipped: 1, failed: 1 });
  expect(String(report)).toMatchInlineSnapshot(`
    "add-email: 1 applied, 1 unchanged, 1 repaired, 1 skipped, 1 failed
      + applied        safeAddColumn    public.users.email       12 ms
        + applied      safeCreateIndex  public.users(email)      12 ms
      ~ repaired       forEachTable     users, orders, notes     12 ms
        = unchanged    table            users                    12 ms
          = unchanged  safeSetNotNull   public.users.email       12 ms
        ~ repaired     table            orders                   12 ms
          ~ repaired   backfill         public.orders            12 ms  1 row
        - skipped      table            notes                 table notes does not exist
      ✗ failed         attempt          comment                  12 ms  HF_PRIVILEGE no
        + applied      backfill         public.users             12 ms  20 rows"
  `);
});

test('a report of nothing says so', () => {
  expect(String(makeReport(undefined, []))).toBe('migration: nothing done');
});

function outcome(
  status: OutcomeStatus,
  operation: string,
  target: string,
  more: Partial<Pick<Outcome, 'children' | 'reason' | 'rows'>> = {},
): Outcome {
  return { operation, target, status, durationMs: 12.3, roundTrips: 1, children: [], steps: [], ...more };
}
