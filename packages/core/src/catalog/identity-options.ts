/** The options of an identity column, `(START WITH 1000 INCREMENT BY 10)`, against its sequence (manual: CREATE SEQUENCE). */
import { tokenize } from '../lexer.js';
import type { Difference } from '../outcome.js';
import { type SqlFragment, sql } from '../sql.js';

/** Numbers as text: they have up to 64 bits. `type` is the oid of the sequence's type. */
interface StoredSequence extends Readonly<Record<string, string>> {
  readonly type: string;
}

/** A column of an inspection over `a` (pg_attribute), for `compareIdentityOptions`. */
export const SEQUENCE_COLUMN: SqlFragment = sql`(select pg_catalog.json_build_object('type', q.seqtypid::int8::text, 'start', q.seqstart::text,
    'increment', q.seqincrement::text, 'minvalue', q.seqmin::text, 'maxvalue', q.seqmax::text, 'cache', q.seqcache::text, 'cycle', q.seqcycle::text)
  from pg_catalog.pg_depend p join pg_catalog.pg_sequence q on q.seqrelid = p.objid
  where p.refclassid = 'pg_catalog.pg_class'::regclass and p.refobjid = a.attrelid and p.refobjsubid = a.attnum
    and p.classid = 'pg_catalog.pg_class'::regclass and p.deptype = 'i') as sequence, `;

const PATTERN =
  /\b(?:start(?: with)?|increment(?: by)?|minvalue|maxvalue|cache) (?:[+-] )?[\d_]+(?= |$)|\bno (?:minvalue|maxvalue|cycle)\b|\bcycle\b/g;

/** What differs; a text that holds anything else than is known here is not proved different. */
export function compareIdentityOptions(options: string, stored: unknown): readonly Difference[] {
  const words = (tokenize(options) ?? [])
    .slice(1, -1)
    .map((t) => (t.kind === 'word' || t.kind === 'number' || t.kind === 'symbol' ? t.value : '?'));
  const text = words.join(' ').trim();
  const found = stored as StoredSequence | null;
  if (found === null || text.replaceAll(PATTERN, '').trim() !== '' || text === '')
    return [{ path: 'identity options', expected: options.trim(), found: print(found), proved: false }];
  const said: Record<string, string> = {};
  for (const [option] of text.matchAll(PATTERN)) {
    const [first = '', ...rest] = option.split(' ');
    if (first === 'cycle') said['cycle'] = 'true';
    else if (first !== 'no')
      said[first] = String(
        BigInt(
          rest
            .filter((w) => /\d|-/.test(w))
            .join('')
            .replaceAll('_', ''),
        ),
      );
  }
  const wanted = { ...defaults(said, found.type), ...said };
  return Object.entries(wanted)
    .filter(([name, expected]) => expected !== found[name])
    .map(([name, expected]) => ({ path: `identity ${name}`, expected, found: String(found[name]), proved: true }));
}

const BITS: Readonly<Record<string, bigint>> = { 21: 15n, 23: 31n, 20: 63n };

/** A sequence goes up from 1, or down from -1, to the end of its type; it starts where its way begins. */
function defaults(said: Readonly<Record<string, string>>, type: string): Readonly<Record<string, string>> {
  const limit = 1n << (BITS[type] ?? 63n);
  const increment = said['increment'] ?? '1';
  const down = increment.startsWith('-');
  const minvalue = said['minvalue'] ?? String(down ? -limit : 1n);
  const maxvalue = said['maxvalue'] ?? String(down ? -1n : limit - 1n);
  return { start: down ? maxvalue : minvalue, increment, minvalue, maxvalue, cache: '1', cycle: 'false' };
}

function print(found: StoredSequence | null): string {
  if (found === null) return 'none';
  return `(START ${found['start']} INCREMENT ${found['increment']} MINVALUE ${found['minvalue']} MAXVALUE ${found['maxvalue']} CACHE ${found['cache']}${found['cycle'] === 'true' ? ' CYCLE' : ''})`;
}
