/**
 * What ALTER COLUMN … TYPE does to the rows, told from the catalog alone: test/core/type-changes.test.ts holds every rule against the
 * server, by whether the table has got a new file. Whatever is not known here counts as a rewrite.
 * Source: ATColumnChangeRequiresRewrite and the `_support` functions of the length coercions (tablecmds.c, varchar.c, numeric.c,
 * timestamp.c); manual, ALTER TABLE, Notes.
 */
import { quoteIdent, quoteLiteral } from '../sql.js';

/** One side of the change, as the catalog has it. */
export interface StoredType {
  readonly oid: number;
  /** pg_attribute.atttypmod: -1 without `(n)`. */
  readonly modifier: number;
  /** pg_type.typname: `varchar`, `_int4`. */
  readonly name: string;
  /** pg_type.typtype: b base, d domain, e enum, c composite, r range. */
  readonly kind: string;
  /** pg_type.typcategory: S string, N numeric, D date and time, A array, E enum … */
  readonly category: string;
  /** As format_type prints it. */
  readonly printed: string;
}

export interface TypeChange {
  readonly from: StoredType;
  readonly to: StoredType;
  /** pg_cast: `method` b binary coercible, f function, i by input and output; `context` i implicit, a assignment, e explicit. Null: no such cast. */
  readonly cast: { readonly method: string; readonly context: string } | null;
  /** The session's TimeZone is UTC, so that a local time and a point in time are the same bytes. */
  readonly utc: boolean;
}

/** Does the server write every row anew? */
export function rewritesRows({ from, to, cast, utc }: TypeChange): boolean {
  if (from.oid === to.oid) return !widens(from.name, from.modifier, to.modifier);
  const sameBytes = cast?.method === 'b' && to.kind === 'b' && from.kind === 'b';
  const sameTime = utc && isTimeAndZone(from, to);
  // Behind the change of the type stands one of the length: from text to varchar(9) every row is looked at.
  return !((sameBytes || sameTime) && to.modifier === -1);
}

/** May the new modifier hold whatever the old one does, without a look at the values? */
function widens(name: string, from: number, to: number): boolean {
  if (from === to || to === -1) return from === to || MODIFIED.has(name);
  if (TEMPORAL.has(name)) return to === MOST_DIGITS || (from !== -1 && to >= from);
  if (from === -1) return false;
  if (name === 'varchar' || name === 'varbit') return to >= from;
  if (name !== 'numeric') return false;
  return digitsOf(to).scale === digitsOf(from).scale && digitsOf(to).precision >= digitsOf(from).precision;
}

const TEMPORAL: ReadonlySet<string> = new Set(['time', 'timetz', 'timestamp', 'timestamptz']);
/** Their length coercion does nothing without a modifier. */
const MODIFIED: ReadonlySet<string> = new Set(['varchar', 'varbit', 'numeric', 'interval', ...TEMPORAL]);
const MOST_DIGITS = 6;

/** numeric(precision, scale), packed into the modifier (numeric.c: make_numeric_typmod; scales below zero since 15). */
function digitsOf(modifier: number): { readonly precision: number; readonly scale: number } {
  const packed = modifier - 4;
  const scale = packed & 0x7ff;
  return { precision: (packed >> 16) & 0xffff, scale: scale >= 0x400 ? scale - 0x800 : scale };
}

/** Do indexes and foreign keys keep their operators, so that they stay as they are when the rows do? */
export function keepsOperators({ from, to }: TypeChange): boolean {
  return from.oid === to.oid || isPair(from, to, 'varchar', 'text') || (from.name === 'cidr' && to.name === 'inet');
}

/** Does the change read values of the one as points of the other in whatever time zone the session has? */
export function dependsOnTimeZone({ from, to, utc }: TypeChange): boolean {
  if (utc) return false;
  const zoned = (type: StoredType): boolean => type.name === 'timestamptz' || type.name === 'timetz';
  const temporal = from.category === 'D' && to.category === 'D';
  return temporal && zoned(from) !== zoned(to);
}

/**
 * Can the plain change be made without a word from the user? Implicit casts keep the value, by the convention of pg_cast, and so do the
 * ones that change no bytes; an assignment cast may not, so it takes a rule of ours (`lossCondition`) or `using`.
 */
export function needsUsing(change: TypeChange, condition: string | null): boolean {
  const { from, to, cast } = change;
  if (condition !== null) return false;
  // Of arrays no rule of ours counts what an element would lose.
  if (from.oid === to.oid) return from.category === 'A' && !widens(from.name.slice(1), from.modifier, to.modifier);
  if (to.category === 'S' && to.kind === 'b') return !printsAlike(from);
  // Negative numbers and those above 2 147 483 647 become each other.
  if (from.name === 'oid' || to.name === 'oid') return true;
  if (cast === null) return true;
  return cast.context === 'e' || (cast.context === 'a' && cast.method !== 'b' && !keepsEverything(from, to));
}

/** Types whose text hangs on no setting of the session, as that of dates, intervals, floats and bytes does. */
function printsAlike({ name, kind, category }: StoredType): boolean {
  return kind === 'e' || category === 'S' || category === 'B' || category === 'I' || PRINTS_ALIKE.has(name);
}

const PRINTS_ALIKE: ReadonlySet<string> = new Set([
  'int2',
  'int4',
  'int8',
  'numeric',
  'uuid',
  'json',
  'jsonb',
  'macaddr',
  'macaddr8',
]);

/** Assignment casts that lose nothing. From json to jsonb a key that comes twice is lost but for the last. */
function keepsEverything(from: StoredType, to: StoredType): boolean {
  return (INTEGERS[from.name] ?? 64) <= (INTEGERS[to.name] ?? 0) || isTimeAndZone(from, to);
}

function isTimeAndZone(from: StoredType, to: StoredType): boolean {
  return isPair(from, to, 'timestamp', 'timestamptz');
}

/**
 * Condition on rows that the plain change would refuse, cut, round or empty; null when there can be none, or when only the change itself
 * can tell. Evaluating it never fails.
 */
export function lossCondition(change: TypeChange, column: string): string | null {
  const { from, to } = change;
  const value = quoteIdent(column);
  if (from.category === 'S') return textLoss(to, value);
  if (from.category === 'N') return numberLoss(from, to, value);
  if (from.category === 'V' && to.category === 'V') return bitLoss(from, to, value);
  if (from.name === 'interval' && to.name === 'interval')
    return to.modifier === -1 ? null : `${value}::${to.printed} <> ${value}`;
  if (from.name === 'inet' && to.name === 'cidr') return `${value}::cidr::inet <> ${value}`;
  return from.category === 'D' && to.category === 'D' ? timeLoss(change, value) : null;
}

/** Rows whose label the new enum does not have. */
export function labelCondition(column: string, labels: readonly string[]): string {
  const list = labels.map((label) => quoteLiteral(label).trim()).join(', ');
  return `${quoteIdent(column)} IS NOT NULL AND ${quoteIdent(column)}::text COLLATE "C" <> ALL (ARRAY[${list}]::text[])`;
}

function textLoss(to: StoredType, value: string): string | null {
  if (to.name === 'name') return `pg_catalog.octet_length(${value}::text) > 63`;
  const limited = (to.name === 'varchar' || to.name === 'bpchar') && to.modifier > 4;
  return limited ? `pg_catalog.char_length(${value}::text) > ${to.modifier - 4}` : null;
}

function bitLoss(from: StoredType, to: StoredType, value: string): string | null {
  if (to.modifier === -1 || (from.oid === to.oid && from.modifier === to.modifier)) return null;
  return `pg_catalog.length(${value}) ${to.name === 'bit' ? '<>' : '>'} ${to.modifier}`;
}

function timeLoss(change: TypeChange, value: string): string | null {
  const { from, to } = change;
  if (dependsOnTimeZone(change) || !TEMPORAL.has(from.name)) return null;
  if (from.name.startsWith('timestamp') && (to.name === 'time' || to.name === 'timetz')) return `${value} IS NOT NULL`;
  if (!TEMPORAL.has(to.name) && to.name !== 'date') return null;
  const digits = (type: StoredType): number => (type.modifier === -1 ? MOST_DIGITS : type.modifier);
  const keeps = to.name !== 'date' && digits(to) >= digits(from) && from.name !== 'timetz';
  return keeps ? null : `(${value}::${to.printed})::${from.printed} <> ${value}`;
}

const INTEGERS: Readonly<Record<string, number>> = { int2: 15, int4: 31, int8: 63 };
/** Whole numbers up to here are exact. */
const EXACT: Readonly<Record<string, number>> = { float4: 24, float8: 53 };

function numberLoss(from: StoredType, to: StoredType, value: string): string | null {
  const [bits, own, exact] = [INTEGERS[to.name], INTEGERS[from.name], EXACT[to.name]];
  if (bits !== undefined) {
    if (own !== undefined) return own <= bits ? null : outside(value, bits);
    if (from.name !== 'numeric' && EXACT[from.name] === undefined) return null;
    return `${value}::text IN ('NaN', 'Infinity', '-Infinity') OR ${outside(value, bits)} OR ${value} <> pg_catalog.trunc(${from.name === 'numeric' ? value : `${value}::float8`})`;
  }
  if (exact !== undefined && own !== undefined) return own <= exact ? null : outside(value, exact);
  if (exact !== undefined && from.name === 'numeric') return `${value} <> 'NaN' AND ${notExact(value, to.name)}`;
  if (from.name === 'float8' && to.name === 'float4')
    return `${value} NOT IN ('NaN', 'Infinity', '-Infinity', 0) AND CASE WHEN pg_catalog.abs(${value}) BETWEEN 1e-37 AND 3.4e38 THEN ${value}::float4::float8 <> ${value} ELSE true END`;
  if (to.name !== 'numeric' || to.modifier === -1) return null;
  const { precision, scale } = digitsOf(to.modifier);
  const number = `${value}::numeric`;
  // Infinity is no numeric before 14, and none with a precision: as text, because the cast would fail.
  const special =
    EXACT[from.name] === undefined && from.name !== 'numeric' ? 'false' : `${value}::text LIKE '%Infinity'`;
  // The cast of a float keeps 6 or 15 digits: only the way back tells.
  const rounded = `pg_catalog.round(${number}, ${scale})`;
  const lost = EXACT[from.name] === undefined ? `${rounded} <> ${number}` : `${rounded}::${from.name} <> ${value}`;
  return `CASE WHEN ${special} THEN true WHEN ${value}::text = 'NaN' THEN false ELSE ${lost} OR pg_catalog.abs(${rounded}) >= 1e${precision - scale}::numeric END`;
}

/** A numeric that the floating type does not hold digit by digit. */
function notExact(value: string, type: string): string {
  const [least, most] = type === 'float8' ? ['1e-300', '1e300'] : ['1e-37', '3.4e38'];
  return `CASE WHEN ${value} = 0 THEN false WHEN pg_catalog.abs(${value}) BETWEEN ${least} AND ${most} THEN ${value}::${type}::text::numeric <> ${value} ELSE true END`;
}

function outside(value: string, bits: number): string {
  const limit = 2n ** BigInt(bits);
  return `${value} < ${-limit} OR ${value} > ${limit - 1n}`;
}

function isPair(from: StoredType, to: StoredType, one: string, other: string): boolean {
  return (from.name === one && to.name === other) || (from.name === other && to.name === one);
}
