/** What is known of the session behind a client. */
import { createHash } from 'node:crypto';
import type { PgClient, PgResult } from '../session.js';
import { ownClient } from './tap.js';

/** Column that tells which server process answered; every inspection selects it. */
export const PID_COLUMN = 'holdfast_pid';

/** What is known of a session. */
interface Known {
  /** True when the client talks to one server process for its whole life; false behind a transaction pooler. */
  direct: boolean | undefined;
  status: string | undefined;
  /** Names of what scripts have prepared in the session, see `composeRecurring`; null when that is not known any more. */
  prepared: Set<string> | null;
  /** How many operations and questions have used it by themselves, past the body of a migration that listens to it. */
  asides: number;
}

// On the client itself, under a registered symbol: two copies of this package on one connection share it.
const KNOWN = Symbol.for('holdfast.connection');

export function recall(client: PgClient): Known {
  const holder = ownClient(client) as { [KNOWN]?: Known };
  holder[KNOWN] ??= { direct: undefined, status: undefined, prepared: new Set(), asides: 0 };
  return holder[KNOWN];
}

/** A pooler such as PgBouncer invents the process id that it tells its clients, so it differs from the server's own answer. */
export function learnDirect(client: PgClient, result: PgResult): boolean | undefined {
  const pid = result.rows[0]?.[PID_COLUMN];
  return pid === undefined || typeof client.processID !== 'number' ? undefined : pid === client.processID;
}

const names = new Map<string, string>();

/** The same for the same text. */
export function statementName(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    if (names.size > 500) names.clear();
    name = `holdfast_${createHash('sha1').update(text).digest('hex').slice(0, 24)}`;
    names.set(text, name);
  }
  return name;
}
