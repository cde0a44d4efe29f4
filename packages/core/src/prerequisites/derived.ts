/** Prerequisites that nobody has written down: the lock of the schema knows them. */
import { InvalidArgumentError, type MissingPrerequisite, PrerequisiteError } from '../errors.js';
import type { Connection } from '../postgres/connection.js';
import type { Session } from '../session.js';
import { currentMigration } from '../whole/current.js';
import type { Lacking } from '../whole/needs.js';
import { isReplay } from '../whole/replay.js';
import { type PrerequisiteReport, printMissing, whatToDo } from './validate.js';

const OPERATION = 'validatePrerequisites';

/**
 * Of the migration that runs now. Rejects with one `PrerequisiteError` that lists all that it does not find, and with
 * `InvalidArgumentError` where no lock of the schema tells what it needs. Changes nothing.
 */
export async function validateDerived(connection: Connection, session: Session): Promise<PrerequisiteReport> {
  const before = connection.roundTrips;
  const [version] = await connection.query("select pg_catalog.current_setting('server_version') as version");
  const serverVersion = String(version?.['version']);
  const report = { ok: true, checked: 0, warnings: [], serverVersion } as const;
  // The lock is made just now: the migration finds what is there.
  if (isReplay()) return { ...report, roundTrips: connection.roundTrips - before };
  const migration = currentMigration();
  if (migration === undefined) throw nothingToDeriveFrom();
  const { checked, missing } = await connection.through((client) => migration.needs(client));
  if (missing.length > 0)
    throw new PrerequisiteError({
      operation: OPERATION,
      target: migration.name,
      missing,
      happened: `${count(missing)} missing, by holdfast.lock.json (PostgreSQL ${serverVersion}):\n${listed(missing)}`,
      hint: whatToDo(session),
    });
  return { ...report, checked, roundTrips: connection.roundTrips - before };
}

/** All that all pending migrations lack, before the first of them runs. `initial`: a file of SQL that makes what the first of all finds. */
export function pendingLack(lacking: readonly Lacking[], session: Session, initial: string | null): PrerequisiteError {
  const missing = lacking.flatMap((each) => each.missing);
  return new PrerequisiteError({
    operation: OPERATION,
    target: 'pending migrations',
    missing,
    happened: `${count(missing)} missing, by holdfast.lock.json:\n${lacking.map((each) => `  ${each.migration} needs\n${listed(each.missing, '    ')}`).join('\n')}`,
    left: 'None of the pending migrations has run.',
    hint: [
      'What to do:',
      ...[
        ...(initial === null
          ? []
          : [`In a new database, make what was there before the first migration:\n       psql --file ${initial}`]),
        'See all that differs from the lock of the schema:\n       npx holdfast check',
        `Bring it back by hand, or write a migration that adds it and runs before these:\n       ${session.commands.make}`,
        'To let each migration find out by itself, give the guard { pendingPrerequisites: false }.',
      ].map((step, i) => `  ${i + 1}. ${step}`),
    ].join('\n'),
  });
}

function count({ length }: readonly unknown[]): string {
  return `${length} ${length === 1 ? 'prerequisite is' : 'prerequisites are'}`;
}

function listed(missing: readonly MissingPrerequisite[], indent = '  '): string {
  return missing.map((each) => `${indent}- ${printMissing(each)}`).join('\n');
}

function nothingToDeriveFrom(): InvalidArgumentError {
  return new InvalidArgumentError({
    operation: OPERATION,
    target: 'request',
    happened: 'without a request it asks holdfast.lock.json, which knows only migrations that run through the guard.',
    hint: 'Say what is required: validatePrerequisites({ tables: [...], columns: { ... } }).\nOr make the file, and let the guard run the migration:\n  npx holdfast lock',
  });
}
