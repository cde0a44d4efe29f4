/** Events as lines for people: for loggers and terminals. */
import { printBlocker } from './engine/blockers.js';
import type { Blocker } from './errors.js';
import type { GuardEvent } from './events.js';

/** What happened, in one line; whom it is about, `event.operation` and `event.target`, is left to the caller. */
export function describe(event: GuardEvent): string {
  switch (event.type) {
    case 'step:start':
      return event.sql;
    case 'step:done': {
      const { durationMs = 0, attempts = 1, locks } = event.report;
      const held = locks.map((lock) => `${lock.mode} on ${lock.on}`).join(', ');
      const tries = attempts === 1 ? '' : `, ${attempts} tries`;
      return `${event.step} done in ${Math.round(durationMs)} ms${tries}${held === '' ? '' : ` (${held})`}: ${event.report.sql}`;
    }
    case 'wait':
      return `waiting for a lock, try ${event.attempt}, next in ${event.pauseMs} ms${behind(event.blockers)}`;
    case 'blocked':
      return `${event.step} is waiting${behind(event.blockers)}`;
    case 'phase':
      return `${event.phase}${event.total === 0 ? '' : `, ${event.done} of ${event.total} ${event.unit}`}`;
    case 'surprise':
      return 'the database is not what the step should have left; somebody else works on it.';
    case 'warning':
      return event.message;
    case 'progress':
      return `${event.rows}${event.total === null ? '' : ` of about ${event.total}`} rows`;
    case 'outcome':
      return `${event.outcome.status}${event.outcome.reason === undefined ? '' : ` (${event.outcome.reason})`}`;
  }
}

function behind(blockers: readonly Blocker[]): string {
  return blockers.length === 0 ? '' : `, behind ${blockers.map(printBlocker).join('; ')}`;
}
