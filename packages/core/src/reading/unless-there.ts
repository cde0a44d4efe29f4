/** The judge of last resort. */
import { type SqlFragment, sql } from '../sql.js';
import { isThere } from './presence.js';
import type { Judging } from './reading.js';

/** Something has the name: whether it is the same thing nothing tells. */
export function unlessThere(
  text: string,
  target: string,
  there: SqlFragment | null,
): Judging & { readonly text: string } {
  if (there === null) return { text, judge: { why: 'objects of this kind are not looked up' } };
  return { text, judge: isThere(target, text, sql`case when ${there} then null else false end`) };
}
