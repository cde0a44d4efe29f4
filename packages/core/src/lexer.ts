/**
 * Splits SQL expressions and column definitions into tokens, by the rules of the PostgreSQL manual, 4.1 (lexical structure).
 * It knows no grammar: whoever needs statements understood uses PostgreSQL's own parser.
 */

import { memo } from './memo.js';

export interface Token {
  /** `word`: unquoted, in lower case; `ident`: quoted, quotes removed; `string`: value of a literal (see `ESCAPES`); `param`: `$1`. */
  readonly kind: 'word' | 'ident' | 'string' | 'number' | 'param' | 'symbol';
  readonly value: string;
  readonly start: number;
  readonly end: number;
  /** Parentheses and brackets around it. The parentheses themselves count as inside. */
  readonly depth: number;
}

// ASCII space only: the server takes a no-break space as part of a name. A comment ends at either end of line.
const SPACES = ' \t\n\r\f\v';
const SPACE = /[ \t\n\r\f\v]+|--[^\n\r]*/y;
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const NUMBER = /0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y;
const NUMERALS = '.0123456789';
const DOLLAR = /\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const PARAM = /\$\d+/y;
const SYMBOL = /::|:=|=>|[()[\],;.:]|[-+*/<>=~!@#%^&|`?]+/y;

/** Tokens of `text`, or null when a quote, comment or parenthesis is not closed or a character belongs nowhere. */
export const tokenize: (text: string) => readonly Token[] | null = memo(readTokens);

function readTokens(text: string): readonly Token[] | null {
  const tokens: Token[] = [];
  let at = 0;
  let depth = 0;
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? null;
  };
  const push = (kind: Token['kind'], value: string, end: number): void => {
    tokens.push({ kind, value, start: at, end, depth });
    at = end;
  };
  while (at < text.length) {
    const first = text[at] as string;
    const space = SPACES.includes(first) || first === '-' ? match(SPACE) : null;
    if (space !== null) {
      at += space.length;
      continue;
    }
    if (first === '/' && text[at + 1] === '*') {
      const end = endOfComment(text, at);
      if (end === null) return null;
      at = end;
      continue;
    }
    const quoted = first === '$' ? readDollarQuoted(text, at, match(DOLLAR)) : readQuoted(text, at);
    if (quoted === 'open') return null;
    if (quoted !== null) {
      push(quoted.kind, quoted.value, quoted.end);
      continue;
    }
    const word = match(WORD);
    if (word !== null) {
      push('word', foldCase(word), at + word.length);
      continue;
    }
    const param = first === '$' ? match(PARAM) : null;
    if (param !== null) {
      push('param', param, at + param.length);
      continue;
    }
    const number = NUMERALS.includes(first) ? match(NUMBER) : null;
    if (number !== null) {
      push('number', number, at + number.length);
      continue;
    }
    const symbol = cutOperator(match(SYMBOL));
    if (symbol === null) return null;
    if (symbol === '(' || symbol === '[') depth += 1;
    push('symbol', symbol, at + symbol.length);
    if (symbol === ')' || symbol === ']') depth -= 1;
    if (depth < 0) return null;
  }
  return depth === 0 ? tokens : null;
}

/** Only ASCII letters are folded: in UTF-8 the server leaves the others alone. */
function foldCase(word: string): string {
  if (!/[A-Z]/.test(word)) return word;
  return word.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** An operator ends where a comment starts; its last sign is no + or - unless it holds a sign that SQL's own do not (manual, 4.1.3). */
function cutOperator(run: string | null): string | null {
  if (run?.length === 1) return run;
  const comment = run?.search(/--|\/\*/) ?? -1;
  const operator = comment > 0 ? (run as string).slice(0, comment) : run;
  if (operator === null || operator.length === 1 || /[~!@#%^&|`?]/.test(operator)) return operator;
  return operator.replace(/(?<=.)[-+]+$/, '');
}

/**
 * Escapes of E'…' that are read. Any other, and every literal with another prefix, is kept as written behind a NUL, which no SQL holds:
 * two spellings never look equal by accident. So is a backslash, whose meaning in plain literals hangs on a setting.
 */
const ESCAPES: Readonly<Record<string, string>> = { "'": "'", '"': '"', n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

type Quoted = { readonly kind: 'ident' | 'string'; readonly value: string; readonly end: number };

/** What a quoted literal or name begins with. */
const QUOTES = `'"eEbBxXnNuU`;

function readQuoted(text: string, at: number): Quoted | 'open' | null {
  if (!QUOTES.includes(text[at] as string)) return null;
  const prefix = /^(?:[eEbBxXnN]|[uU]&)?(?=['"])/.exec(text.slice(at, at + 3))?.[0];
  if (prefix === undefined) return null;
  const quote = text[at + prefix.length] as string;
  if (quote === '"' && prefix !== '' && !/^u&$/i.test(prefix)) return null;
  const escapes = /^e$/i.test(prefix) && quote === "'";
  let plain = prefix === '' || escapes;
  let value = '';
  for (let i = at + prefix.length + 1; i < text.length; i += 1) {
    const c = text[i] as string;
    if (escapes && c === '\\') {
      const meant = ESCAPES[text[i + 1] ?? ''];
      plain &&= meant !== undefined;
      value += meant ?? text.slice(i, i + 2);
      i += 1;
    } else if (c !== quote) {
      value += c;
    } else if (text[i + 1] === quote) {
      value += quote;
      i += 1;
    } else {
      const kind = quote === '"' ? 'ident' : 'string';
      return { kind, value: plain ? value : `\0${prefix.toLowerCase()}${quote}${value}`, end: i + 1 };
    }
  }
  return 'open';
}

function readDollarQuoted(text: string, at: number, tag: string | null): Quoted | 'open' | null {
  if (tag === null) return null;
  const end = text.indexOf(tag, at + tag.length);
  return end < 0 ? 'open' : { kind: 'string', value: text.slice(at + tag.length, end), end: end + tag.length };
}

function endOfComment(text: string, start: number): number | null {
  let depth = 0;
  for (let i = start; i < text.length - 1; i += 1) {
    const two = text.slice(i, i + 2);
    if (two === '/*') depth += 1;
    if (two === '*/') depth -= 1;
    if (two === '/*' || two === '*/') i += 1;
    if (depth === 0) return i + 1;
  }
  return null;
}
