/**
 * The walk through one lane, by one worker or several: window after window, as many rows in each as one batch may change. Where few rows
 * need it a window holds more, and they are counted first.
 */
import type { LoopContext } from '../engine/operation.js';
import { rest, stopped, type Walk } from './course.js';
import { inParts, type Lane, type Place, type Window, windowEnd } from './lanes.js';
import { Trail } from './trail.js';
import { countNeeded, doWindow, piecesOf, type Stretch } from './window.js';

/** The way through a lane, or a part of it. */
export interface Course {
  readonly lane: Lane;
  /** Rows, or blocks, of the first batch. */
  readonly size: number;
  readonly bounds: Window;
}

/** Rows, or blocks, in one window, also where none needs it. */
const MOST = 1_000_000;

/** Of a stretch of which too many rows need it. */
const PIECES = 8;

interface Worker {
  /** With its own connection. */
  readonly all: Walk;
  readonly trail: Trail;
  /** Most rows of the last batch needed it. */
  dense: boolean;
  /** How many times as large as a batch the next window may be, where few do. */
  stride: number;
}

export class LaneWalk {
  readonly #all: Walk;
  readonly #workers: number;
  readonly #lane: Lane;
  readonly #to: Place | null;
  readonly #targetMs: number;
  /** Where the next window begins: all workers take theirs from here, so that none is done long before the others. */
  #from: Place | null;
  #ended = false;
  /** Rows, or blocks, that one batch may change. */
  #size: number;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(all: Walk, workers: number, { lane, size, bounds }: Course) {
    this.#all = all;
    this.#workers = workers;
    this.#lane = lane;
    this.#targetMs = all.targetBatchMs ?? 120;
    [this.#from, this.#to] = [bounds.from, bounds.to];
    this.#size = size;
  }

  /** What one worker does, to the end of the lane. */
  async walk(context: LoopContext): Promise<void> {
    const all = { ...this.#all, context };
    const worker: Worker = { all, trail: new Trail(all, this.#lane, this.#workers), dense: false, stride: 1 };
    for (;;) {
      const stretch = await this.#next(context, worker.dense ? 1 : worker.stride);
      if (stretch === null) break;
      await this.#through(worker, stretch);
    }
    await worker.trail.end();
  }

  /** Changes a stretch at once, or in pieces where more of its rows need it than one batch may change. */
  async #through(worker: Worker, stretch: Stretch): Promise<void> {
    const { all } = worker;
    if (!worker.dense && all.claim === undefined) {
      const started = performance.now();
      const limit = Math.ceil(this.#rowsIn(this.#size));
      const needed = await countNeeded(all, this.#lane, stretch.window, limit);
      if (needed > limit) worker.stride = 1;
      else if (performance.now() - started < this.#targetMs) worker.stride *= 2;
      if (needed === 0) {
        all.tally.passed += this.#rowsIn(stretch.size);
        return;
      }
      if (needed <= limit) return this.#change(worker, stretch);
    }
    if (stretch.size <= this.#size) return this.#change(worker, stretch);
    const most = (): number => (worker.dense ? this.#size : Math.max(this.#size, Math.ceil(stretch.size / PIECES)));
    for await (const piece of piecesOf(all, this.#lane, stretch, most)) await this.#through(worker, piece);
  }

  /** Null: there is none. The workers ask one after the other. */
  #next(context: LoopContext, stride: number): Promise<Stretch | null> {
    const next = this.#turn.then(() => this.#take(context, stride));
    this.#turn = next.catch(() => undefined);
    return next;
  }

  async #take({ connection }: LoopContext, stride: number): Promise<Stretch | null> {
    if (this.#ended || stopped(this.#all)) return null;
    const size = Math.min(this.#size * stride, MOST);
    const from = this.#from;
    const { to, last } = await windowEnd(connection, this.#lane, { from, to: this.#to }, size);
    [this.#from, this.#ended] = [to, last];
    return { window: { from, to }, size };
  }

  /** One batch. */
  async #change(worker: Worker, stretch: Stretch): Promise<void> {
    const { all, trail, dense } = worker;
    const { inHostTransaction } = all.context;
    const expected = this.#rowsIn(stretch.size);
    all.tally.passed += expected;
    // What a transaction has left dead is cleared away after its end, so that its blocks have no room before.
    const divided = dense && this.#lane.divisible && all.task.rewrites === true && !inHostTransaction;
    const [part = this.#lane, ...parts] = divided ? inParts(this.#lane) : [this.#lane];
    const started = performance.now();
    const rows = await doWindow(all, part, stretch);
    const took = Math.max(performance.now() - started, 1);
    const share = Math.min((rows * (1 + parts.length)) / expected, 1);
    worker.dense = share > 1 / 2;
    await trail.follow({ stretch, parts, passOver: worker.dense && !this.#lane.brief && !inHostTransaction });
    this.#lead(stretch.size * share, took);
    if (!this.#ended) await rest(all);
  }

  /** The size follows the rows that were changed: how fast the others are passed over says nothing of a stretch in which all need it. */
  #lead(changed: number, took: number): void {
    const wanted = (changed * this.#targetMs) / took;
    const least =
      took > this.#targetMs ? Math.max(this.#size / 2, this.#lane.way.along === 'key' ? 10 : 1) : this.#size;
    this.#size = Math.round(Math.min(Math.max(wanted, least), this.#size * 4, MOST));
  }

  /** As far as estimates go. */
  #rowsIn(size: number): number {
    const { way } = this.#lane;
    return way.along === 'key' ? size : size * way.rowsPerBlock;
  }
}
