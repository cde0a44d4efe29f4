import { PassThrough } from 'node:stream';
import type { GuardEvent } from '@holdfast/core';
import { expect, test } from 'vitest';
import { progressBar } from './progress-bar.js';

const about = { operation: 'backfill', target: 'public.$&items' };
const outcome: GuardEvent = {
  type: 'outcome',
  ...about,
  outcome: { ...about, status: 'applied', rows: 1000, durationMs: 1, roundTrips: 1, children: [], steps: [] },
};

/** What a terminal of so many columns is sent. */
function written(events: readonly GuardEvent[], columns: number): string {
  const stream = new PassThrough() as unknown as NodeJS.WriteStream;
  const sent: string[] = [];
  Object.assign(stream, {
    isTTY: true,
    columns,
    write: (text: string) => sent.push(text) > 0,
    cursorTo: () => true,
    clearLine: () => sent.push('‹wiped›') > 0,
  });
  const show = progressBar(stream);
  for (const event of events) show(event);
  return sent.join('');
}

test('a backfill whose rows are estimated is a bar, wiped away when the outcome is told', () => {
  const events: GuardEvent[] = [{ type: 'progress', ...about, rows: 300, total: 1000 }, outcome];
  expect(written(events, 130)).toBe(
    'backfill public.$&items [=========---------------------] 30% of about 1 000 rows, …/s, … left‹wiped›‹wiped›backfill public.$&items: applied\n',
  );
});

test('without an estimate it is the rows so far', () => {
  expect(written([{ type: 'progress', ...about, rows: 12_500, total: null }], 120)).toContain(
    'backfill public.$&items: 12 500 rows, …/s',
  );
});

test('the bar never wraps, and never ends before the work does', () => {
  const name = { operation: 'backfill', target: `public.${'long'.repeat(30)}` };
  const text = written([{ type: 'progress', ...name, rows: 5_000_000, total: 1_000_000 }], 80);
  expect(text.split('‹')[0]?.length).toBeLessThanOrEqual(80);
  expect(text).toContain('99%');
});
