import { expect, test } from 'vitest';
import type { GuardEvent } from './events.js';
import { terminal } from './terminal.js';

const about = { operation: 'safeCreateIndex', target: 'public.items(name)' };
const events: readonly GuardEvent[] = [
  { type: 'step:start', ...about, step: 'build', sql: 'CREATE INDEX CONCURRENTLY …' },
  {
    type: 'phase',
    ...about,
    step: 'build',
    phase: 'building index: scanning table',
    done: 50,
    total: 200,
    unit: 'blocks',
  },
  {
    type: 'phase',
    ...about,
    step: 'build',
    phase: 'building index: sorting live tuples',
    done: 0,
    total: 0,
    unit: 'blocks',
  },
  {
    type: 'blocked',
    ...about,
    step: 'build',
    blockers: [
      {
        pid: 42,
        kind: 'session',
        user: 'app',
        application: 'web',
        state: 'idle in transaction',
        wait: 'Client: ClientRead',
        mode: 'ExclusiveLock',
        on: 'virtualxid',
        ageSeconds: 840,
        query: 'SELECT 1',
        preparedTransaction: null,
      },
    ],
  },
  { type: 'progress', operation: 'backfill', target: 'public.items', rows: 300, total: 1000 },
  {
    type: 'outcome',
    ...about,
    outcome: {
      ...about,
      status: 'skipped',
      reason: 'missing: table x',
      durationMs: 1,
      roundTrips: 1,
      children: [],
      steps: [],
    },
  },
];

function written(isTTY: boolean, columns = 100, everyMs?: number): string {
  let text = '';
  const write = (part: string): boolean => {
    text += part;
    return true;
  };
  const show = terminal({ isTTY, columns, write }, everyMs === undefined ? {} : { everyMs });
  for (const event of events) show(event);
  return text;
}

test('a log gets a line of progress now and then', () => {
  expect(written(false, 100, 0)).toContain('\n 30% backfill public.items: 300 of about 1000 rows\n');
});

test('a log gets a line for each wait, warning and outcome, and no progress of the first seconds', () => {
  expect(written(false)).toBe(
    'safeCreateIndex public.items(name): build is waiting, behind pid 42 (app, web, idle in transaction, 14 min, ExclusiveLock on virtualxid): SELECT 1\n' +
      'safeCreateIndex public.items(name): skipped (missing: table x)\n',
  );
});

test('a terminal shows progress in one line that is written over and never wraps', () => {
  const wipe = '\u001b[2K\u001b[1G';
  expect(written(true, 60)).toBe(
    ' 25% safeCreateIndex public.items(name): building index: sc' +
      `${wipe}safeCreateIndex public.items(name): building index: sorting` +
      `${wipe}safeCreateIndex public.items(name): build is waiting, behind pid 42 (app, web, idle in transaction, 14 min, ExclusiveLock on virtualxid): SELECT 1\n` +
      ' 30% backfill public.items: 300 of about 1000 rows' +
      `${wipe}safeCreateIndex public.items(name): skipped (missing: table x)\n`,
  );
});
