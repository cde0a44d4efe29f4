/** `holdfast lock` runs the migrations of a project on an empty database of its own, to write down what they do: nothing is judged there, by an older lock least of all. */

// Registered: the command and the project may have copies of this package.
const REPLAY = Symbol.for('holdfast.replay');
const holder = globalThis as { [REPLAY]?: true };

/** From now on, for this process, until the function that comes back is called. */
export function beginReplay(): () => void {
  holder[REPLAY] = true;
  return () => {
    delete holder[REPLAY];
  };
}

export function isReplay(): boolean {
  return holder[REPLAY] === true;
}
