/** Comparing the default, or the expression that a column is generated from, with the stored one. */
import { literalValue, sameExpression } from '../expressions.js';
import type { Difference } from '../outcome.js';
import { type Canon, SHADOW } from './canonical.js';

/**
 * What the server keeps of SET DEFAULT NULL where the type has a length; of other types it keeps nothing. To whoever writes rows it is no
 * default. Not of a domain: there it takes the place of the domain's own.
 */
const NO_DEFAULT =
  /^NULL::(?:character varying|bpchar|numeric|"bit"|bit varying|interval|time(?:stamp)? with(?:out)? time zone)(?:\([\d,]+\))?$/;

/** Tier 1. `type` is that of the column as `format_type` prints it, without modifier. At most one difference. */
export function compareExpression(
  { path, type }: { readonly path: string; readonly type: string },
  wanted: string | undefined,
  kept: string | null,
): readonly Difference[] {
  const stored = kept !== null && NO_DEFAULT.test(kept) ? null : kept;
  if (wanted === undefined && stored === null) return [];
  if (wanted === undefined || stored === null)
    return [{ path, expected: wanted ?? 'none', found: stored ?? 'none', proved: true }];
  if (sameExpression(wanted, stored, type)) return [];
  return [{ path, expected: wanted, found: stored, proved: differentLiterals(wanted, stored, type) }];
}

/** Tier 2: `put` gives the copy a column of that name with the expression. */
export function expressionCanon(put: Canon['put']): Canon {
  return {
    put,
    read: `SELECT a.attname AS name, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS text FROM pg_catalog.pg_attrdef d
      JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE d.adrelid = '${SHADOW}'::regclass`,
  };
}

/** `timestamp(3) with time zone` → `timestamp with time zone` */
export function withoutModifier(printed: string): string {
  return printed.replace(/\(.*?\)/, '');
}

// In these types two literals that differ as text (as numbers) differ in value; elsewhere ('{}' and '{ }' of jsonb) the server must say.
const TEXTUAL = new Set(['text', 'character varying']);
const NUMERIC = new Set(['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision']);

function differentLiterals(wanted: string, stored: string, type: string): boolean {
  const [a, b] = [literalValue(wanted), literalValue(stored)];
  if (a === null || b === null) return false;
  return TEXTUAL.has(type) ? a !== b : NUMERIC.has(type) && differentNumbers(a, b);
}

/** Of numbers that JavaScript does not read, such as NaN, nothing is said. */
function differentNumbers(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => {
    const [, sign, digits = ''] = /^\s*([-+]?)\s*(.*)$/s.exec(text.replaceAll('_', '')) ?? [];
    return sign === '-' ? -Number(digits) : Number(digits);
  }) as [number, number];
  return !Number.isNaN(x) && !Number.isNaN(y) && x !== y;
}
