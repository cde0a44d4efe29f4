/** Events on a terminal: what a person wants to see while a migration runs. */
import { clearLine, cursorTo } from 'node:readline';
import { describe } from './describe.js';
import type { GuardEvent } from './events.js';

/** Where it is written: `process.stderr`, or anything of that shape. */
export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): boolean;
}

/**
 * Makes an `onEvent` that writes each wait, warning and finished operation as a line, and how far a build or backfill is: on a TTY as one
 * line that is written over, elsewhere, as in CI, as a line each `everyMs`. Default stream: `process.stderr`. For a bar see `progressBar`
 * of `@holdfast/cli`.
 */
export function terminal(
  stream: TerminalStream = process.stderr,
  {
    everyMs = 10_000,
  }: {
    /** Shortest time between two lines of progress where there is no TTY, in ms. Default 10 000. */
    readonly everyMs?: number;
  } = {},
): (event: GuardEvent) => void {
  const live = stream.isTTY === true;
  let told = performance.now();
  let open = false;
  const wipe = (): void => {
    if (!open) return;
    clearLine(stream as NodeJS.WritableStream, 0);
    cursorTo(stream as NodeJS.WritableStream, 0);
    open = false;
  };
  return (event) => {
    if (event.type === 'step:start' || event.type === 'step:done') return;
    const line = `${event.operation} ${event.target}: ${describe(event)}`;
    const moving = event.type === 'phase' || event.type === 'progress';
    if (moving && !live) {
      if (performance.now() - told < everyMs) return;
      told = performance.now();
    }
    wipe();
    open = moving && live;
    const shown = moving ? `${share(event)}${line}` : line;
    stream.write(open ? shown.slice(0, (stream.columns ?? 80) - 1) : `${shown}\n`);
  };
}

/** ` 42% ` */
function share(event: GuardEvent): string {
  const [done, total] =
    event.type === 'phase'
      ? [event.done, event.total]
      : event.type === 'progress'
        ? [event.rows, event.total ?? 0]
        : [0, 0];
  return total === 0 ? '' : `${String(Math.min(100, Math.floor((100 * done) / total))).padStart(3)}% `;
}
