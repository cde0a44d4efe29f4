/** Reads the name of a type as it stands in a column definition: `varchar(100)`, `app.status[]`, `timestamp(3) with time zone`. */
import { type Token, tokenize } from './lexer.js';

/** A type by name. Which type it is (oid, modifier) only the server knows. */
export interface ColumnType {
  /** As written, to be put into statements. */
  readonly written: string;
  /** To be cast to: the same, except that `serial` is `integer`. */
  readonly text: string;
  /** Base name without modifiers and array marks, for types that are not built in. */
  readonly schema: string | undefined;
  readonly name: string;
  readonly array: boolean;
  /** `(10,2)`, `(Point,4326)`: present in the text. */
  readonly modified: boolean;
  /** One of PostgreSQL's own types, so a cast to it can be sent without the risk of an error. */
  readonly builtin: boolean;
  /** `serial` and relatives: not types but integer + sequence + NOT NULL (manual, 8.1.4). */
  readonly serial: boolean;
}

const SERIALS: Readonly<Record<string, string>> = {
  smallserial: 'smallint',
  serial2: 'smallint',
  serial: 'integer',
  serial4: 'integer',
  bigserial: 'bigint',
  serial8: 'bigint',
};

/** Built-in types that every server from 13 on has; names of several words by their first. */
const BUILTIN: ReadonlySet<string> = new Set(
  (
    'bigint int8 bit varbit boolean bool box bytea character char varchar cidr circle date double float float4 float8 inet integer int int4 ' +
    'interval json jsonb jsonpath line lseg macaddr macaddr8 money numeric decimal dec path pg_lsn point polygon real smallint int2 ' +
    'text time timetz timestamp timestamptz tsquery tsvector uuid xml name oid int4range int8range numrange tsrange tstzrange ' +
    'daterange national nchar regclass regtype bpchar'
  ).split(' '),
);

/** Words behind the first one in the name of a type; anything else, such as STORAGE or unsigned, is no part of it. */
const FURTHER_WORDS: ReadonlySet<string> = new Set(
  'precision varying char character with without time zone array year month day hour minute second to'.split(' '),
);

/** The type at the head of a definition's tokens, or null if it does not read as one. `text` is the source of the tokens. */
export function readColumnType(text: string, tokens: readonly Token[]): ColumnType | null {
  const first = tokens[0];
  if (first === undefined || (first.kind !== 'word' && first.kind !== 'ident')) return null;
  const written = text.slice(first.start, (tokens.at(-1) as Token).end);
  const dotted = tokens[1]?.value === '.' && tokens[1].kind === 'symbol';
  const named = dotted ? tokens[2] : first;
  if (named === undefined || (named.kind !== 'word' && named.kind !== 'ident')) return null;
  const rest = tokens.slice(dotted ? 3 : 1);
  const further = rest.filter((t) => t.depth === 0);
  if (rest.some((t) => t.kind === 'ident') || further.some((t) => t.kind !== 'word' || !FURTHER_WORDS.has(t.value)))
    return null;
  const array = rest.some((t) => t.kind === 'symbol' && t.value === '[') || rest.some((t) => t.value === 'array');
  const serial = !dotted && first.kind === 'word' && Object.hasOwn(SERIALS, first.value);
  return {
    written,
    text: serial ? (SERIALS[first.value] as string) : written,
    schema: dotted ? first.value : undefined,
    name: named.value,
    array,
    modified: rest.some((t) => t.kind === 'symbol' && t.value === '('),
    builtin: serial || isBuiltin(dotted, first, named),
    serial,
  };
}

/** The same from a text that holds nothing but the type. */
export function parseColumnType(text: string): ColumnType | null {
  const tokens = tokenize(text);
  return tokens === null || tokens.length === 0 ? null : readColumnType(text, tokens);
}

function isBuiltin(dotted: boolean, first: Token, named: Token): boolean {
  if (dotted) return first.value === 'pg_catalog' && BUILTIN.has(named.value);
  return named.kind === 'word' && BUILTIN.has(named.value);
}
