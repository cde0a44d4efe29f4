/** Tells from a second connection how far a long statement is and whom it waits for: the first one is busy with it. */
import type { Blocker } from '../errors.js';
import type { Connection } from '../postgres/connection.js';
import { readWaitedFor } from './blockers.js';
import { emit, type RunContext } from './context.js';

export interface Watched {
  readonly context: RunContext;
  readonly operation: string;
  readonly target: string;
  readonly step: { readonly id: string };
  /** When the statement ends at the latest. */
  readonly limitMs: number;
  waitsFor(blockers: readonly Blocker[]): void;
}

/** The first look comes after this time, the others at this distance. Most steps are done before. */
const EVERY_MS = 1_000;

/** Runs `work`. A look that fails is told once and does not harm the work. */
export async function watch<T>(watched: Watched, work: () => Promise<T>): Promise<T> {
  const everyMs = Math.min(EVERY_MS, watched.limitMs / 2);
  let done = false;
  let wake = (): void => {};
  const tick = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, everyMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const looking = lookOn(watched, tick, () => done);
  try {
    return await work();
  } finally {
    done = true;
    wake();
    await looking;
  }
}

async function lookOn(watched: Watched, tick: () => Promise<void>, isDone: () => boolean): Promise<void> {
  const { context, operation, target } = watched;
  await tick();
  if (isDone()) return;
  try {
    await context.connection.beside(async (second, pid) => {
      if (pid === null) return;
      let told = '';
      while (!isDone()) {
        told = await lookOnce(watched, second, pid, told);
        await tick();
      }
    });
  } catch (error) {
    const message = `how far it is cannot be told: a second connection failed: ${String(error)}`;
    emit(context.settings, { type: 'warning', operation, target, message });
  }
}

/** Answers whom it has told of, so that the same ones are told once. */
async function lookOnce(watched: Watched, second: Connection, pid: number, told: string): Promise<string> {
  const { operation, target, step, context } = watched;
  const about = { operation, target, step: step.id };
  const phase = await readPhase(second, pid);
  if (phase !== null) emit(context.settings, { type: 'phase', ...about, ...phase });
  const blockers = await readWaitedFor(second, pid, context.settings.redactQueries);
  watched.waitsFor(blockers);
  const names = namesOf(blockers);
  if (names !== '' && names !== told) emit(context.settings, { type: 'blocked', ...about, blockers });
  return names;
}

function namesOf(blockers: readonly Blocker[]): string {
  return blockers
    .map(({ pid }) => String(pid))
    .sort()
    .join(' ');
}

interface Phase {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  readonly unit: 'blocks' | 'tuples' | 'lockers';
}

/** Of all that Holdfast runs only index builds have a progress view (manual, 27.4.4). */
async function readPhase(second: Connection, pid: number): Promise<Phase | null> {
  const [row] = await second.query(
    `select phase, lockers_done, lockers_total, blocks_done, blocks_total, tuples_done, tuples_total
     from pg_catalog.pg_stat_progress_create_index where pid = $1`,
    [pid],
  );
  if (row === undefined) return null;
  const phase = String(row['phase']);
  const units = ['lockers', 'tuples', 'blocks'] as const;
  const unit = phase.startsWith('waiting')
    ? 'lockers'
    : (units.find((each) => Number(row[`${each}_total`]) > 0) ?? 'blocks');
  return { phase, done: Number(row[`${unit}_done`]), total: Number(row[`${unit}_total`]), unit };
}
