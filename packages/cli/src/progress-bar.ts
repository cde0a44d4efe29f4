/** Events on a terminal as a bar with rate and time left; lines for a log. */
import { type GuardEvent, type TerminalStream, terminal } from '@holdfast/core';
import ProgressBar from 'progress';

/**
 * Makes an `onEvent`: a backfill or an index build that is under way is one bar with rows per second and the time that is left, or without
 * a bar as long as their end is not known. Everything else, and all of it where the stream is no TTY, is lines as by `terminal`. Default
 * stream: `process.stderr`.
 */
export function progressBar(stream: NodeJS.WriteStream = process.stderr): (event: GuardEvent) => void {
  if (stream.isTTY !== true) return terminal(stream);
  let moving: Moving | null = null;
  const lines: TerminalStream = {
    write: (text) => {
      moving?.bar.terminate();
      moving = null;
      return stream.write(text);
    },
  };
  const line = terminal(lines);
  return (event) => {
    const course = courseOf(event);
    if (course === null) {
      line(event);
      return;
    }
    if (moving?.name !== course.name || moving.bounded !== course.total > 0) {
      moving?.bar.terminate();
      moving = begin(course, stream);
    }
    show(moving, course);
  };
}

/** What is under way, and how far it is. */
interface Course {
  readonly name: string;
  readonly done: number;
  /** 0: not known. */
  readonly total: number;
  readonly unit: string;
}

interface Moving {
  readonly name: string;
  readonly bounded: boolean;
  readonly bar: ProgressBar;
  readonly since: number;
  /** How much was done when it was first heard of. */
  readonly first: number;
  /** Columns for its name. */
  readonly space: number;
}

function courseOf(event: GuardEvent): Course | null {
  const about = `${event.operation} ${event.target}`;
  if (event.type === 'progress') return { name: about, done: event.rows, total: event.total ?? 0, unit: 'rows' };
  if (event.type !== 'phase') return null;
  return { name: `${about}: ${event.phase}`, done: event.done, total: event.total, unit: event.unit };
}

function begin({ name, done, total }: Course, stream: NodeJS.WriteStream): Moving {
  const bounded = total > 0;
  const format = bounded ? ':name [:bar] :percent of about :all, :speed/s, :left left' : ':name: :done, :speed/s';
  const width = Math.min(30, Math.max(10, stream.columns - 100));
  // At its end it wipes itself away: the last word is the outcome's.
  const bar = new ProgressBar(format, { total: FULL, stream, width, clear: true, renderThrottle: 100 });
  return {
    name,
    bounded,
    bar,
    since: performance.now(),
    first: done,
    space: stream.columns - (bounded ? width + 60 : 40),
  };
}

const FULL = 1_000_000;

function show({ bar, since, first, space }: Moving, { name, done, total, unit }: Course): void {
  const seconds = (performance.now() - since) / 1000;
  const perSecond = seconds > 0.5 ? (done - first) / seconds : 0;
  // An estimate may be too low.
  const share = total > 0 ? Math.min(done / total, 0.999) : 0;
  bar.update(share, {
    done: `${number(done)} ${unit}`,
    all: `${number(total)} ${unit}`,
    speed: perSecond > 0 ? number(Math.round(perSecond)) : '…',
    left: perSecond > 0 && total > 0 ? time(Math.max(0, total - done) / perSecond) : '…',
    // A line that wraps cannot be written over. The bar takes the text for a pattern of String.replace.
    name: cut(name, Math.max(10, space)).replaceAll('$', '$$$$'),
  });
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** `1 250 000` */
function number(value: number): string {
  return value.toLocaleString('en').replaceAll(',', ' ');
}

/** `45 s`, `12 min`, `3 h 20 min` */
function time(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
