/** `holdfast run <migration> --anyway`: a person says that a migration is to run although its position stops it. */
import type { Io } from '../exit.js';
import { requireKnown, withJournal } from '../marks/open-journal.js';
import { parse, TARGET_HELP, TARGET_OPTIONS, wrong } from '../marks/options.js';

const OPERATION = 'holdfast run';
const HELP = `Usage: holdfast run <migration> --anyway [options]

Notes in the table holdfast_journal that the next run of the runner carries this migration out where the guard
would stop before it. Each statement on the schema is judged by itself: what is there stays, what is missing is done, what is
there and is something else stops. STATEMENTS ON ROWS RUN, ALL OF THEM: look at the rows first. The note holds until
the migration has run to its end. A done-mark of the migration is taken away. What is proved to be there is skipped as ever.

Options:
  --anyway                    Says that you know this. Required.
${TARGET_HELP}
  --help

Exit codes:
  0    noted
  2    wrong options
  125  refused, no connection, or no lock file`;

export const runAnyway = {
  summary: 'let a migration run next time that was stopped',
  help: HELP,
  async run(args: readonly string[], io: Io): Promise<number> {
    const options = { ...TARGET_OPTIONS, anyway: { type: 'boolean', default: false } } as const;
    const { values, positionals } = parse(OPERATION, args, options);
    const [name, another] = positionals;
    if (name === undefined || another !== undefined) throw wrong(OPERATION, 'it needs the name of one migration.');
    if (values['anyway'] !== true)
      throw wrong(OPERATION, 'without --anyway there is nothing to note: your runner runs the migrations, as ever.');
    return withJournal(OPERATION, values, io, async (open) => {
      requireKnown(open, OPERATION, [name]);
      const { done } = await open.journal.marks(open.client);
      await open.journal.anyway(open.client, name);
      if (done.has(name)) open.say(`The done-mark of ${name} is gone.`);
      open.say(`Noted: the next run carries out ${name} where it would stop, its statements on rows included.`);
      return 0;
    });
  },
};
