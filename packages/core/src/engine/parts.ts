/** An object and its parts, each judged by an operation of its own: what is wrong with any of them is said in one error. */
import type { Difference } from '../outcome.js';
import type { Children, Facts, Part } from './operation.js';

/** One part as it was found: `absent` and `partial` are what is lacking. */
interface FoundPart {
  readonly child: { readonly part?: Part };
  readonly facts: Facts;
  readonly verdict: string;
}

/** The facts of the whole with the differences of all its parts. */
export function withParts<F extends Facts>(
  facts: F,
  { complete, advice }: NonNullable<Children['whole']>,
  parts: readonly FoundPart[],
): F {
  const different = parts.flatMap(({ child, facts: { differences } }) =>
    differences.map((each) => ({ ...each, path: `${child.part?.path} ${each.path}` })),
  );
  const lacking = complete ? [] : parts.filter(({ verdict }) => verdict === 'absent' || verdict === 'partial');
  const differences = [...facts.differences, ...different, ...lacking.map(lack)];
  return { ...facts, differences, ...(lacking.length === 0 ? {} : { advice }) };
}

/** `column email: expected text NOT NULL, found absent` */
function lack({ child, facts: { state, missing } }: FoundPart): Difference {
  const found = Object.values(state as Readonly<Record<string, unknown>>).map((value) => String(value ?? 'absent'));
  const without = missing.map((parent) => `, without ${parent.kind} ${parent.name}`);
  return {
    path: child.part?.path ?? '',
    expected: child.part?.definition ?? '',
    found: `${found.join(' ')}${without.join('')}`,
    proved: true,
  };
}
