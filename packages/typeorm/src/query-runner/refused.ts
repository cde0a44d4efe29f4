/** What takes rows away whatever they are: to be said in SQL, or by name, where a reader sees it. The report tells of it like of any other. */
import { type Child, child, type Facts, type Operation } from '@holdfast/core';

interface RefusedArguments {
  readonly target: string;
  readonly refuse: string;
  readonly hint: string;
}

/** An operation of that name that does nothing but refuse. */
export function refusal(name: string, args: RefusedArguments): Child {
  const operation: Operation<RefusedArguments, Facts> = {
    name,
    inspect: (_reader, { target }) =>
      Promise.resolve({ target, state: null, begun: false, differences: [], missing: [] }),
    next: (_facts, { refuse, hint }) => ({ refuse, hint }),
  };
  return child(operation, args);
}
