/** A statement outside of the host's transactions, committed together with its entry in the journal, or not at all. */
import { RefusedError } from '../errors.js';
import { Connection } from '../postgres/connection.js';
import type { Answered, Request } from '../postgres/tap.js';
import { shapeOf } from '../reading/parser.js';
import type { PgClient } from '../session.js';
import type { JournalRecord } from '../whole/journal.js';

interface Journaled {
  readonly record: JournalRecord;
  readonly migration: string;
  readonly client: PgClient;
  readonly request: Request;
  /** It only reads: what it reads is kept with the next statement, since that may take it away. */
  readonly reads: boolean;
  /** It runs in no transaction, or in several: its object tells the next time, when its entry is missing. */
  outside(): Promise<boolean>;
  /** It ran before, and is not sent. */
  answered(): void;
}

/** Answers from the journal what ran before. Throws `RefusedError` when it ran with other values. */
export async function journaled(
  { record, migration, client, request, reads, outside, answered }: Journaled,
  perform: () => Promise<Answered>,
): Promise<Answered> {
  const known = record.next(request.text, request.values);
  if (known.otherValues) throw otherValues(request.text, migration);
  if (known.done !== undefined) {
    answered();
    return known.done;
  }
  const shape = reads ? null : await shapeOf(request.text);
  if (shape !== null && record.awaits(shape)) throw otherValues(request.text, migration);
  if (reads) {
    const result = known.read ?? (await perform());
    record.keepRead(known, result);
    return result;
  }
  const free = (await new Connection(client, { log: () => undefined }).transaction()) === 'none';
  const own = free && !(await outside());
  if (!own) {
    const result = await perform();
    await record.keep(client, known, shape, result);
    return result;
  }
  await client.query('BEGIN');
  try {
    const result = await perform();
    await record.keep(client, known, shape, result);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // The first error is the one to report; a connection that is gone has rolled back by itself.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

function otherValues(text: string, migration: string): RefusedError {
  return new RefusedError({
    operation: 'migration',
    target: migration,
    happened: `this statement ran before the migration was interrupted, with other values: with new ones its rows would not fit together.\nThe statement: ${text}`,
    left: 'What it did before stays, and so does its journal.',
    hint: `Finish the migration by hand, then mark it:\n  npx holdfast mark-applied ${migration}`,
  });
}
