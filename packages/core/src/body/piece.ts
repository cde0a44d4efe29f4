/** One statement of a message, as the guard sees it. */
import type { ParsedStatement } from '../reading/parser.js';
import type { Reading } from '../reading/reading.js';

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

/** `-- holdfast: unguarded, <reason>` anywhere in the statement. */
export function optOut(text: string): string | null {
  return /(?:--|\/\*)\s*holdfast:\s*unguarded,\s*([^\n]*?)\s*(?:\*\/|$|\n)/.exec(text)?.[1] ?? null;
}
