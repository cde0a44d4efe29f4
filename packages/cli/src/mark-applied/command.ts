/** `holdfast mark-applied`: a person says that migrations are done. */
import { RefusedError } from '@holdfast/core';
import type { Io } from '../exit.js';
import { requireKnown, withJournal } from '../marks/open-journal.js';
import { parse, TARGET_HELP, TARGET_OPTIONS, wrong } from '../marks/options.js';
import { requireHeld, setMarks } from '../marks/set-marks.js';

const OPERATION = 'holdfast mark-applied';
const HELP = `Usage: holdfast mark-applied <migration>... [options]

Notes in the table holdfast_journal that these migrations are done. The guard skips them on the next run of the
runner, which then has them in its ledger. Nothing of them is carried out or looked at. Names are those in the ledger: of Knex the
file with its extension, of TypeORM the class.

Refused when the database is as before the migration: the guard takes it for taken back then, mark or not. Refused as
well while its down is interrupted. Where the catalog leaves it open whether it is done, the next run believes the mark.

Options:
${TARGET_HELP}
  --force                     Whatever the catalog shows, and also for names that the lock file does not have.
  --help

Exit codes:
  0    marked
  2    wrong options
  125  refused, no connection, or no lock file`;

export const markApplied = {
  summary: 'note that migrations are done',
  help: HELP,
  async run(args: readonly string[], io: Io): Promise<number> {
    const options = { ...TARGET_OPTIONS, force: { type: 'boolean', default: false } } as const;
    const { values, positionals: names } = parse(OPERATION, args, options);
    if (names.length === 0) throw wrong(OPERATION, 'it needs the names of migrations.');
    const force = values['force'] === true;
    return withJournal(OPERATION, values, io, async (open) => {
      if (!force) {
        requireKnown(
          open,
          OPERATION,
          names,
          `\nIf it is to be marked all the same:\n  npx ${OPERATION} ${names.join(' ')} --force`,
        );
        requireHeld(
          open,
          OPERATION,
          names,
          'Let your runner carry it out. What is missing is told by:\n  npx holdfast check',
        );
      }
      const { done, begun } = await open.journal.marks(open.client);
      if (!force) requireNoDown(names, begun);
      const last = open.history.migrations.at(-1)?.name ?? '';
      await setMarks(open, names, names.includes(last) ? 'listed' : 'found');
      const fresh = names.filter((name) => !done.has(name));
      const before = names.filter((name) => done.has(name));
      if (fresh.length > 0)
        open.say(`Marked as done: ${fresh.join(', ')}. The next run skips ${fresh.length === 1 ? 'it' : 'them'}.`);
      if (before.length > 0) open.say(`Marked before: ${before.join(', ')}.`);
      return 0;
    });
  },
};

/** What a `down` has done so far is told by its journal alone, which a mark would end. */
function requireNoDown(names: readonly string[], begun: ReadonlySet<string>): void {
  const halfway = names.filter((name) => begun.has(`down ${name}`));
  if (halfway.length === 0) return;
  throw new RefusedError({
    operation: OPERATION,
    target: halfway.join(', '),
    happened: 'it was being taken back, and that was interrupted: a part of it is gone.',
    hint: 'Take it back to its end first, by the command of your runner that does so (knex migrate:down, typeorm migration:revert): it goes on where it was.',
  });
}
