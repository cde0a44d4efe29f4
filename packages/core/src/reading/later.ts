/** What is taken apart when somebody asks. */
import { isHoldfastError } from '../errors.js';
import type { Judging } from './reading.js';

/** `read` is called once, at the first question. Where a reader of definitions gives up, `instead` says who judges. Default: nobody can. */
export function later(
  read: () => Judging,
  instead: (why: string) => Judging = (why) => ({ judge: { why } }),
): { readonly asked: () => Judging } {
  let known: Judging | undefined;
  return {
    asked: () => {
      known ??= readOr(read, instead);
      return known;
    },
  };
}

function readOr(read: () => Judging, instead: (why: string) => Judging): Judging {
  try {
    return read();
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    return instead(error.happened);
  }
}
