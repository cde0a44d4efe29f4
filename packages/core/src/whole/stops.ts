/** Why a migration as a whole does not run, or has not done what the lock of the schema says. */
import { MismatchError, RefusedError } from '../errors.js';
import type { CatalogDifference } from '../fingerprint/difference.js';
import { quoteLiteral } from '../sql.js';
import type { JournalRecord } from './journal.js';
import { lockFileOption, shellWord } from './options.js';
import type { Decision } from './position.js';

/** `path`: of the lock file. */
export function stopped(
  name: string,
  { reason, have, missing, behind }: Extract<Decision, { do: 'stop' }>,
  path: string | null,
): RefusedError {
  const [file, word] = [lockFileOption(path), shellWord(name)];
  const look = `Look at the database:\n  npx holdfast check${file}`;
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
    hint:
      behind === undefined
        ? `${look}\nIf all of it was done:\n  npx holdfast mark-applied ${word}${file}\nIf it is to run as it is, each statement judged by itself:\n  npx holdfast run ${word} --anyway${file}`
        : `${look}\nIf those are to run again, take them out of the ledger of your runner, and run it:\n  DELETE FROM … WHERE name IN (${behind.map((each) => quoteLiteral(each).trim()).join(', ')});`,
  });
}

export function notAsLocked(
  name: string,
  { missing, extra, changed }: CatalogDifference,
  { transactional, path }: { readonly transactional: boolean; readonly path: string | null },
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
    hint: `If the migration was edited, make the file anew and commit it:\n  npx holdfast lock\nIf the database was changed by hand, see what differs:\n  npx holdfast check${lockFileOption(path)}`,
  });
}

export function otherBody(name: string, record: JournalRecord, path: string | null): RefusedError {
  return new RefusedError({
    operation: 'migration',
    target: name,
    happened: `${record.unseen} of the statements that ran before did not come again: the migration is another one than the one that was interrupted.`,
    left: 'What it did stays, and so does its journal.',
    hint: `If all of it is done:\n  npx holdfast mark-applied ${shellWord(name)}${lockFileOption(path)}`,
  });
}
