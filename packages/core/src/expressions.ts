/**
 * Tier 1 of the comparison of expressions: text against text, without the server. `true` is a proof; `false` only means that the
 * server must be asked (tier 2). What the server prints is described in the manual under pg_get_expr; the rules below were read off
 * PostgreSQL 13–18 and a property test holds each `true` against the server.
 */
import { type Token, tokenize } from './lexer.js';
import { memo } from './memo.js';

/**
 * Is `wanted`, as a user writes it, certainly the same as `stored`, as `pg_get_expr` prints it? `type` is the printed type of the value
 * (`character varying`), which decides how a literal is read. Without it literals are compared with their casts.
 */
export function sameExpression(wanted: string, stored: string, type?: string): boolean {
  const kind = type ?? '';
  const left = normalized(`${kind}\0${wanted}`);
  return left !== null && left === normalized(`${kind}\0${stored}`);
}

const normalized: (typeAndText: string) => string | null = memo((typeAndText) => {
  const end = typeAndText.indexOf('\0');
  return normalize(typeAndText.slice(end + 1), typeAndText.slice(0, end) || undefined);
});

/** A user's expression as it is put into a statement: a comment in its last line must not take along what follows. */
export function embed(expression: string): string {
  return expression.includes('--') ? `${expression}\n` : expression;
}

/** The same expression, in parentheses if it is not in some already, as `pg_get_expr` mostly prints it. */
export function inParentheses(expression: string): string {
  const tokens = tokenize(expression) ?? [];
  return tokens.length > 2 && wrapsAll(tokens) ? expression : `(${expression})`;
}

/** Names of functions called in an expression: what decides whether it is volatile. Null when the text cannot be read. */
export function calledFunctions(expression: string): readonly string[] | null {
  const tokens = tokenize(expression);
  if (tokens === null) return null;
  const names = new Set<string>();
  tokens.forEach((token, i) => {
    const [before, next] = [tokens[i - 1], tokens[i + 1]];
    // The length of a type in a cast: numeric(10, 2).
    const cast = before?.value === '::' || (before?.kind === 'word' && before.value === 'as');
    if ((token.kind === 'word' || token.kind === 'ident') && !cast && next?.kind === 'symbol' && next.value === '(')
      names.add(token.value);
  });
  return [...names];
}

/** Words that stand for the time of the transaction or the user, so that their value changes without any function call. */
const STABLE_WORDS = new Set([
  'current_timestamp',
  'current_date',
  'current_time',
  'localtime',
  'localtimestamp',
  'current_catalog',
  'current_role',
  'current_schema',
  'current_user',
  'session_user',
  'system_user',
  'user',
]);

/** Does the expression hold a word like CURRENT_TIMESTAMP? */
export function usesStableWord(expression: string): boolean {
  return tokenize(expression)?.some((t) => t.kind === 'word' && STABLE_WORDS.has(t.value)) ?? true;
}

/**
 * The value of an expression that is nothing but a literal, with or without one cast; else null. `1` and `'1'` both give `1`. Null also
 * for a text with escapes: what a backslash means hangs on its prefix and on standard_conforming_strings.
 */
export function literalValue(expression: string): string | null {
  const tokens = tokenize(expression);
  if (tokens === null) return null;
  const { body } = splitCast(stripParentheses(tokens));
  const value = readLiteral(body);
  return value === null || /[\0\\]/.test(value.value) ? null : value.value;
}

const NUMERIC = new Set(['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision']);
const TRUE = new Set(['t', 'tr', 'tru', 'true', 'y', 'ye', 'yes', 'on', '1']);
const FALSE = new Set(['f', 'fa', 'fal', 'fals', 'false', 'n', 'no', 'of', 'off', '0']);

/** Other spellings of PostgreSQL's type names, as format_type prints them (manual, table 8.1). */
const TYPE_ALIASES: Readonly<Record<string, string>> = {
  varchar: 'character varying',
  bpchar: 'character',
  int: 'integer',
  int4: 'integer',
  int2: 'smallint',
  int8: 'bigint',
  bool: 'boolean',
  decimal: 'numeric',
  float4: 'real',
  float8: 'double precision',
  timestamptz: 'timestamp with time zone',
  timestamp: 'timestamp without time zone',
  timetz: 'time with time zone',
  time: 'time without time zone',
  '"bit"': 'bit',
};
/** As casts these mean a length of 1, which the type of a column, printed without its length, does not. */
const LENGTH_ONE = new Set(['char', 'character', 'nchar', 'national char', 'national character', 'bit']);

/** One value in all of these. A default keeps the type that the column had when it was set: `'x'::text` of a column made varchar since. */
const TEXTS = new Set(['text', 'character varying']);

function normalize(text: string, type: string | undefined): string | null {
  const tokens = tokenize(text);
  if (tokens === null || tokens.length === 0) return null;
  // What a backslash means between dollars is certain, and in the server's print hangs on a setting.
  if (tokens.some(({ kind, value, start }) => kind === 'string' && text[start] === '$' && value.includes('\\')))
    return null;
  const inner = stripParentheses(tokens);
  const { body, cast } = splitCast(inner);
  const literal = readLiteral(body);
  if (literal !== null && type !== undefined) {
    const wanted = canonicalType(tokenize(type) ?? []);
    const sameValue = cast === wanted || (TEXTS.has(cast ?? '') && TEXTS.has(wanted));
    if (cast === null || sameValue) return printLiteral(literal, wanted);
  }
  return inner.map(printToken).join(' ').replaceAll(NOW, '~current_timestamp');
}

// `now()` and CURRENT_TIMESTAMP stay different in the server's canonical form, but are the same value (manual, 9.9.5).
const NOW = /(?<!\. )(?:~pg_catalog \. )?~(?:now|transaction_timestamp) \( \)/g;

function printToken(token: Token): string {
  if (token.kind === 'string') return `'${JSON.stringify(token.value)}`;
  if (token.kind === 'symbol') return token.value === '!=' ? '<>' : token.value;
  // A quoted name in lower case is the same name; a quoted keyword is a name, not the keyword.
  if (token.kind === 'ident') {
    return isPlainName(token.value) ? `~${token.value}` : JSON.stringify(token.value);
  }
  return token.kind === 'word' ? `~${token.value}` : token.value;
}

function isPlainName(name: string): boolean {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !KEYWORDS.has(name);
}

/** All words that mean something else without quotes: those of pg_get_keywords() that the server quotes, in any version. */
const KEYWORDS = new Set(
  (
    'all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast char character ' +
    'check coalesce collate collation column concurrently constraint create cross current_catalog current_date current_role ' +
    'current_schema current_time current_timestamp current_user dec decimal default deferrable desc distinct do else end except exists ' +
    'extract false fetch float for foreign freeze from full grant greatest group grouping having ilike in initially inner inout int ' +
    'integer intersect interval into is isnull join json json_array json_arrayagg json_exists json_object json_objectagg json_query ' +
    'json_scalar json_serialize json_table json_value lateral leading least left like limit localtime localtimestamp merge_action ' +
    'national natural nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay placing ' +
    'position precision primary real references returning right row select session_user setof similar smallint some substring symmetric ' +
    'system_user table tablesample then time timestamp to trailing treat trim true union unique user using values varchar variadic ' +
    'verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot ' +
    'xmlserialize xmltable'
  ).split(' '),
);

interface Literal {
  readonly kind: 'string' | 'number' | 'boolean';
  readonly value: string;
}

function readLiteral(body: readonly Token[]): Literal | null {
  const tokens = stripParentheses(body);
  const [first, second] = tokens;
  if (tokens.length === 2 && first?.value === '-' && second?.kind === 'number')
    return { kind: 'number', value: `-${second.value}` };
  if (tokens.length !== 1 || first === undefined) return null;
  if (first.kind === 'string' || first.kind === 'number') return { kind: first.kind, value: first.value };
  if (first.kind === 'word' && (first.value === 'true' || first.value === 'false'))
    return { kind: 'boolean', value: first.value };
  return null;
}

function printLiteral({ kind, value }: Literal, type: string): string {
  if (type === 'boolean') {
    const word = value.toLowerCase().trim();
    if (TRUE.has(word)) return 'literal true';
    if (FALSE.has(word)) return 'literal false';
  }
  // `0` and `'0'` are the same number; `0.0` is another text and is left to the server.
  const numeric = NUMERIC.has(type) && /^-?\d+(\.\d+)?$/.test(value);
  return `literal ${numeric ? 'number' : kind} ${JSON.stringify(value)}`;
}

function stripParentheses(tokens: readonly Token[]): readonly Token[] {
  let inner = tokens;
  while (inner.length > 2 && wrapsAll(inner)) inner = inner.slice(1, -1);
  return inner;
}

function wrapsAll(tokens: readonly Token[]): boolean {
  const first = tokens[0] as Token;
  const close = tokens.findIndex((t, i) => i > 0 && t.kind === 'symbol' && t.value === ')' && t.depth === first.depth);
  return first.kind === 'symbol' && first.value === '(' && close === tokens.length - 1;
}

/** `x::type` → x and the type; only for the last cast at the outer level. */
function splitCast(tokens: readonly Token[]): { readonly body: readonly Token[]; readonly cast: string | null } {
  const depth = tokens[0]?.kind === 'symbol' && tokens[0].value === '(' ? tokens[0].depth - 1 : (tokens[0]?.depth ?? 0);
  const at = tokens.findLastIndex((t) => t.kind === 'symbol' && t.value === '::' && t.depth === depth);
  if (at < 1) return { body: tokens, cast: null };
  const cast = tokens.slice(at + 1);
  if (cast.some((t) => t.kind === 'symbol' && !/^[.[\]]$/.test(t.value))) return { body: tokens, cast: null };
  const name = cast.map((t) => t.value).join(' ');
  const cut = cast.every((t) => t.kind === 'word') && LENGTH_ONE.has(name);
  return { body: tokens.slice(0, at), cast: cut ? `${name}(1)` : canonicalType(cast) };
}

function canonicalType(tokens: readonly Token[]): string {
  const printed = tokens.map((t) => (t.kind === 'ident' && !isPlainName(t.value) ? JSON.stringify(t.value) : t.value));
  const spaced = printed.join(' ');
  return TYPE_ALIASES[spaced] ?? spaced;
}
