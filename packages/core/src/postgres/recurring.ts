/** What is sent again and again: planned once for the session, where it is one's own. */
import type { PgClient, PgResult } from '../session.js';
import { quoteLiteral } from '../sql.js';
import { recall, statementName } from './known.js';

/** Statements for one message. One of them has to select `PID_COLUMN`: then it is known the next time whose the session is. */
export interface Recurring {
  readonly before: readonly string[];
  /** Each answers rows. Its one parameter is `$1`, an array of text. */
  readonly parts: readonly string[];
  readonly given: readonly string[];
  readonly after: readonly string[];
}

/**
 * As the session takes them best. Planning the parts takes the server longer than carrying them out: they are prepared the first time that
 * they come. `sent` is to be called when the message has been answered.
 */
export function composeRecurring(
  client: PgClient,
  { before, parts, given, after }: Recurring,
): { readonly statements: readonly string[]; sent(): void } {
  const known = recall(client);
  const list = `array[${given.map(quoteLiteral).join(', ')}]::text[]`;
  const { prepared } = known;
  if (known.direct !== true || prepared === null) {
    const inlined = parts.map((part) => part.replaceAll('$1', () => list));
    return { statements: [...before, ...inlined, ...after], sent: () => undefined };
  }
  const fresh = parts.filter((part) => !prepared.has(statementName(part)));
  const prepare = fresh.map((part) => `prepare ${statementName(part)} (text[]) as ${part}`);
  const execute = parts.map((part) => `execute ${statementName(part)} (${list})`);
  // Whether a message that fails has prepared anything nobody tells.
  if (fresh.length > 0) known.prepared = null;
  return {
    statements: [...before, ...prepare, ...execute, ...after],
    sent: () => {
      known.prepared = new Set([...prepared, ...fresh.map(statementName)]);
    },
  };
}

/** One statement. Rejects with the driver's error. */
export function queryRecurring(client: PgClient, text: string, values: readonly unknown[]): Promise<PgResult> {
  const query = { text, values: [...values] };
  return client.query(recall(client).direct === true ? { ...query, name: statementName(text) } : query);
}
