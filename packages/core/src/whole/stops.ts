/** Why a migration as a whole does not run, or has not done what the lock of the schema says. */
import { MismatchError, RefusedError } from '../errors.js';
import type { CatalogDifference } from '../fingerprint/difference.js';
import type { JournalRecord } from './journal.js';
import type { Decision } from './position.js';

export function inSpiteOf({ reason }: Extract<Decision, { do: 'stop' }>): Decision {
  return {
    do: 'run',
    sure: false,
    warning: `${reason}. It runs in spite of that: holdfast run --anyway was said of it`,
  };
}

export function stopped(name: string, { reason, have, missing }: Extract<Decision, { do: 'stop' }>): RefusedError {
  const listed = (title: string, lines: readonly string[]): string =>
    lines.length === 0
      ? ''
      : `\n${title}:\n${lines
          .slice(0, 20)
          .map((line) => `  ${line}`)
          .join('\n')}${lines.length > 20 ? `\n  and ${lines.length - 20} more` : ''}`;
  return new RefusedError({
    operation: 'migration',
    target: name,
    happened: `${reason}.${listed('There', have)}${listed('Missing', missing)}`,
    hint: `Look at the database:\n  npx holdfast check\nIf all of it was done:\n  npx holdfast mark-applied ${name}\nIf it is to run as it is, each statement judged by itself:\n  npx holdfast run ${name} --anyway`,
  });
}

export function notAsLocked(
  name: string,
  transactional: boolean,
  { missing, extra, changed }: CatalogDifference,
): MismatchError {
  const differences = [
    ...missing.map((key) => ({ path: key, expected: 'there', found: 'missing', proved: true })),
    ...extra.map((key) => ({ path: key, expected: 'gone', found: 'there', proved: true })),
    ...changed.map(({ key, expected, found }) => ({ path: key, expected, found, proved: true })),
  ];
  return new MismatchError({
    operation: 'migration',
    target: name,
    happened: `it ran to its end, but the schema is not as holdfast.lock.json says:\n${differences.map((d) => `  ${d.path}: expected ${d.expected}, found ${d.found}`).join('\n')}`,
    left: transactional
      ? "Nothing of it stays: the runner rolls the migration's transaction back."
      : 'All of it is done and committed; the ledger does not have it.',
    differences,
    hint: 'If the migration was edited, make the file anew and commit it:\n  npx holdfast lock\nIf the database was changed by hand, see what differs:\n  npx holdfast check',
  });
}

export function otherBody(name: string, record: JournalRecord): RefusedError {
  return new RefusedError({
    operation: 'migration',
    target: name,
    happened: `${record.unseen} of the statements that ran before did not come again: the migration is another one than the one that was interrupted.`,
    left: 'What it did stays, and so does its journal.',
    hint: `If all of it is done:\n  npx holdfast mark-applied ${name}`,
  });
}
