/** Cuts a statement into the clauses of its list, word for word. */
import { type Token, tokenize } from '../lexer.js';

export interface Cut {
  /** All before the first clause. */
  readonly head: string;
  readonly clauses: readonly string[];
}

/**
 * `ALTER TABLE t ADD a int, DROP b` behind `skip` tokens, cut at the commas outside of parentheses. Null when there are not `count` clauses:
 * then nothing is cut.
 */
export function cutClauses(text: string, skip: number, count: number): Cut | null {
  const tokens = tokenize(text);
  if (tokens === null || tokens.length <= skip) return null;
  const lists: Token[][] = [[]];
  for (const token of tokens.slice(skip)) {
    if (token.kind === 'symbol' && token.value === ',' && token.depth === 0) lists.push([]);
    else lists.at(-1)?.push(token);
  }
  if (lists.length !== count || lists.some((list) => list.length === 0)) return null;
  const first = lists[0]?.[0] as Token;
  return {
    head: text.slice(0, first.start),
    clauses: lists.map((list) => text.slice((list[0] as Token).start, (list.at(-1) as Token).end)),
  };
}

/** How many tokens are words of `words`, one after the other from `from` on; the optional ones count when they are there. */
export function skipWords(text: string, ...words: readonly (string | readonly string[])[]): number {
  const tokens = tokenize(text) ?? [];
  let at = 0;
  for (const each of words) {
    const list = typeof each === 'string' ? [each] : each;
    if (list.every((word, i) => tokens[at + i]?.kind === 'word' && tokens[at + i]?.value === word)) at += list.length;
  }
  return at;
}

/** Behind a name that may have its schema before it. */
export function skipName(text: string, at: number): number {
  const tokens = tokenize(text) ?? [];
  let next = at + 1;
  while (tokens[next]?.value === '.' && tokens[next]?.kind === 'symbol') next += 2;
  return next;
}

/** The text from a token on. */
export function textFrom(text: string, at: number): string {
  const tokens = tokenize(text) ?? [];
  const first = tokens[at];
  return first === undefined ? '' : text.slice(first.start, tokens.at(-1)?.end);
}
