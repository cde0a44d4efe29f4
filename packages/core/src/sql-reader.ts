/** Reads SQL text of a known form from left to right: statements that a host has compiled, clauses of a definition. */
import type { HoldfastError } from './errors.js';
import { type Token, tokenize } from './lexer.js';
import type { ObjectName } from './names.js';

export class SqlReader {
  readonly text: string;
  readonly #tokens: readonly Token[];
  /** The error to throw where the text is not what was expected. */
  readonly unreadable: () => HoldfastError;
  #at = 0;

  /** Throws that error when a quote or parenthesis is not closed. */
  constructor(text: string, unreadable: () => HoldfastError) {
    const tokens = tokenize(text);
    if (tokens === null) throw unreadable();
    this.text = text;
    this.#tokens = tokens;
    this.unreadable = unreadable;
  }

  /** Takes these words if they come next. */
  take(...words: readonly string[]): boolean {
    const found = words.every((word, i) => this.#is(this.#tokens[this.#at + i], word));
    if (found) this.#at += words.length;
    return found;
  }

  /** Is this the next word? It is not taken. */
  comes(word: string): boolean {
    return this.#is(this.#tokens[this.#at], word);
  }

  expect(...words: readonly string[]): void {
    if (!this.take(...words)) throw this.unreadable();
  }

  /** One identifier, as the server keeps it: quoted ones literally, others in lower case. */
  name(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined || !isName(token)) throw this.unreadable();
    this.#at += 1;
    return token.value;
  }

  /** `table` or `schema.table`. */
  dotted(): ObjectName {
    const first = this.name();
    return this.take('.') ? { schema: first, name: this.name() } : { schema: undefined, name: first };
  }

  /** `table.column` or `schema.table.column`: the column. */
  column(): string {
    let name = this.name();
    while (this.take('.')) name = this.name();
    return name;
  }

  /** The items of a parenthesised list, each as its text and tokens. */
  list(): readonly Item[] {
    this.expect('(');
    const items: Token[][] = [[]];
    const depth = this.#tokens[this.#at - 1]?.depth;
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token === undefined) throw this.unreadable();
      this.#at += 1;
      if (token.depth === depth && this.#is(token, ')')) break;
      if (token.depth === depth && this.#is(token, ',')) items.push([]);
      else items.at(-1)?.push(token);
    }
    return items.map((tokens) => ({ text: this.#slice(tokens), tokens }));
  }

  /** A parenthesised list of nothing but names. */
  names(): readonly string[] {
    return this.list().map(({ tokens: [token, ...more] }) => {
      if (token === undefined || more.length > 0 || !isName(token)) throw this.unreadable();
      return token.value;
    });
  }

  /** A parenthesised text as it stands. */
  group(): string {
    const items = this.list();
    const [first, last] = [items[0]?.tokens[0], items.at(-1)?.tokens.at(-1)];
    if (first === undefined || last === undefined) throw this.unreadable();
    return this.text.slice(first.start, last.end);
  }

  /** A parenthesised list of nothing but string literals: their values. */
  strings(): readonly string[] {
    return this.list().map(({ tokens: [token, ...more] }) => {
      if (token?.kind !== 'string' || more.length > 0) throw this.unreadable();
      return this.#valueOf(token);
    });
  }

  /** The value of a string literal. */
  string(): string {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'string') throw this.unreadable();
    this.#at += 1;
    return this.#valueOf(token);
  }

  /** The text that is left. */
  rest(): string {
    const rest = this.#slice(this.#tokens.slice(this.#at));
    this.#at = this.#tokens.length;
    return rest;
  }

  /** Nothing may be left. */
  end(): void {
    if (this.#at < this.#tokens.length) throw this.unreadable();
  }

  /** Of a plain literal: hosts write no others here, and a backslash stands for itself in it. */
  #valueOf({ start, end }: Token): string {
    const text = this.text.slice(start, end);
    if (!text.startsWith("'")) throw this.unreadable();
    return text.slice(1, -1).replaceAll("''", "'");
  }

  #is(token: Token | undefined, word: string): boolean {
    return token?.value === word && (token.kind === 'word' || token.kind === 'symbol');
  }

  #slice(tokens: readonly Token[]): string {
    const [first, last] = [tokens[0], tokens.at(-1)];
    return first === undefined || last === undefined ? '' : this.text.slice(first.start, last.end);
  }
}

/** One item of a list. */
export interface Item {
  readonly text: string;
  readonly tokens: readonly Token[];
}

/** An identifier, quoted or not. */
export function isName(token: Token): boolean {
  return token.kind === 'ident' || token.kind === 'word';
}
