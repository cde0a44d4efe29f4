/** One statement of a message, as the guard sees it. */
import type { Request } from '../postgres/tap.js';
import type { ParsedStatement } from '../reading/parser.js';
import type { Reading } from '../reading/reading.js';
import type { Session } from '../session.js';

export interface Piece {
  readonly statement: ParsedStatement;
  readonly reading: Reading;
}

/** Transactions, settings: they are sent each time. */
export function isOfSession({ reading }: Piece): boolean {
  return reading.kind === 'other' && reading.rows === 'none';
}

export function isRead({ reading }: Piece): boolean {
  return reading.kind === 'other' && reading.rows !== 'writes';
}

export function runsOutside({ reading }: Piece): boolean {
  return reading.kind !== 'other' && reading.outside === true;
}

/** What a transaction holds, or what a name means in it, may be something else afterwards. */
export function unsettles({ reading }: Piece): boolean {
  if (reading.kind === 'other') return reading.rows === 'none';
  return reading.kind === 'unread' || reading.renames === true;
}

/** What a message does to the schema and to rows. */
export function effectsOf(pieces: readonly Piece[]): {
  readonly schema: boolean;
  readonly rows: 'none' | 'reads' | 'writes';
} {
  const rows = pieces.flatMap(({ reading }) => (reading.kind === 'other' ? [reading.rows] : []));
  const most = (['writes', 'reads', 'none'] as const).find((each) => rows.includes(each));
  return { schema: pieces.some(({ reading }) => reading.kind !== 'other'), rows: most ?? 'none' };
}

/** `-- holdfast: unguarded, <reason>` anywhere in the statement. */
export function optOut(text: string): string | null {
  return /(?:--|\/\*)\s*holdfast:\s*unguarded,\s*([^\n]*?)\s*(?:\*\/|$|\n)/.exec(text)?.[1] ?? null;
}

/** What the parser does not take: the server says what is wrong with it, or is newer and knows it. */
export function unparsed(text: string, complaint: string): Piece {
  return {
    statement: { text, kind: 'statement', node: {} },
    reading: { kind: 'unread', reason: `the parser does not take it: ${complaint}`, locks: [] },
  };
}

/** The host has shown them already, when it sent the message. */
export function withoutTexts(
  { log, requireOpen }: Pick<Session, 'log' | 'requireOpen'>,
  { text }: Request,
  pieces: readonly Piece[],
): Pick<Session, 'log' | 'requireOpen'> {
  const shown = new Set([text, ...pieces.map(({ statement }) => statement.text)]);
  return {
    log: (sent, params) => {
      if (!shown.has(sent)) log(sent, params);
    },
    ...(requireOpen === undefined ? {} : { requireOpen }),
  };
}
