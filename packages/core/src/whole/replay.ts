/** `holdfast lock` runs the migrations of a project on an empty database of its own, to write down what they do: nothing is judged there, by an older lock least of all. */

// Registered: the command and the project may have copies of this package.
const REPLAY = Symbol.for('holdfast.replay');

/** From now on, for this process. */
export function beginReplay(): void {
  (globalThis as { [REPLAY]?: true })[REPLAY] = true;
}

export function isReplay(): boolean {
  return (globalThis as { [REPLAY]?: true })[REPLAY] === true;
}
