/** TypeORM's word for when a constraint is checked. */
import { InvalidArgumentError } from '@holdfast/core';

const DEFERRABLE: Readonly<Record<string, 'deferred' | 'immediate'>> = {
  'INITIALLY DEFERRED': 'deferred',
  'INITIALLY IMMEDIATE': 'immediate',
};

export function readDeferrable(
  operation: string,
  target: string,
  written: string | undefined,
): { readonly deferrable?: 'deferred' | 'immediate' } {
  if (written === undefined) return {};
  const deferrable = DEFERRABLE[written.toUpperCase()];
  if (deferrable !== undefined) return { deferrable };
  throw new InvalidArgumentError({
    operation,
    target,
    happened: `deferrable: ${written} is none of ${Object.keys(DEFERRABLE).join(', ')}.`,
    hint: "Write deferrable: 'INITIALLY DEFERRED', or leave it out.",
  });
}
