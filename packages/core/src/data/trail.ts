/**
 * What is left to do in the windows behind the one at hand. Among several workers each step waits for a window more: the transactions that
 * ran beside the step before it have ended by then, and what that has left dead can be cleared away.
 */
import { rest, stopped, type Walk } from './course.js';
import type { Lane } from './lanes.js';
import { doWindow, passOver, type Stretch } from './window.js';

interface Left {
  readonly stretch: Stretch;
  /** Parts of the window whose rows are not done. */
  readonly parts: readonly Lane[];
  /** Most of its rows were changed, and it is to be read once more. */
  readonly passOver: boolean;
}

export class Trail {
  /** The latest first. */
  readonly #behind: (Left | null)[] = [];
  readonly #all: Walk;
  readonly #lane: Lane;
  readonly #lag: number;

  constructor(all: Walk, lane: Lane, workers: number) {
    [this.#all, this.#lane] = [all, lane];
    this.#lag = workers > 1 ? 1 : 0;
  }

  /** The window at hand is done, but for these parts. */
  async follow(left: Left | null): Promise<void> {
    this.#behind.unshift(left);
    await this.#finish(this.#behind[this.#lag]);
    await this.#passOver(this.#behind[2 * this.#lag]);
    this.#behind.length = Math.min(this.#behind.length, 2 * this.#lag);
  }

  async end(): Promise<void> {
    for (let step = 0; step < 2 * this.#lag; step += 1) await this.follow(null);
  }

  async #finish(left: Left | null | undefined): Promise<void> {
    for (const part of left?.parts ?? []) {
      await rest(this.#all);
      if (!stopped(this.#all)) await doWindow(this.#all, part, (left as Left).stretch);
    }
  }

  async #passOver(left: Left | null | undefined): Promise<void> {
    if (left?.passOver === true && !stopped(this.#all)) await passOver(this.#all, this.#lane, left.stretch.window);
  }
}
