/** What the readers of definitions cannot take apart is left to the server. */
import { isHoldfastError } from '../errors.js';
import type { Clause } from './reading.js';

/** The clause that `read` makes of the text; one that nothing can judge where a reader of definitions gives up. */
export function unreadable(text: string, read: () => Clause): Clause {
  try {
    return read();
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    return { text, judge: { why: error.happened } };
  }
}
