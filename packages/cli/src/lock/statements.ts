/** What the statements of a migration do to rows, told by their words. In doubt they write. */
import { type Token, tokenize } from '@holdfast/core';

type Effect = 'none' | 'schema' | 'reads' | 'writes' | 'anything';

const NOTHING = new Set(
  'begin start commit end rollback abort savepoint release set show reset discard listen unlisten notify analyze vacuum lock deallocate close checkpoint'.split(
    ' ',
  ),
);
const WRITES = new Set('insert update delete merge copy truncate refresh call import'.split(' '));
const HARMLESS =
  /^(?:version|current_\w+|set_config|now|to_reg\w+|format|quote_\w+|coalesce|count|pg_\w+|exists|cast|max|min)$/;

export interface RowEffects {
  readonly rows: 'none' | 'reads' | 'writes';
  readonly tail: boolean;
}

/** `ledger`: names of the runner's own tables, whose rows do not count. `functions`: names of those that migrations have made. */
export function rowEffects(
  texts: readonly string[],
  ledger: ReadonlySet<string>,
  functions: ReadonlySet<string> = NONE,
): RowEffects {
  const effects = texts.flatMap((text) => statementEffects(text, ledger, functions));
  const last = effects.findLastIndex((effect) => effect === 'schema' || effect === 'anything');
  const rows = effects.filter((effect) => effect !== 'none' && effect !== 'schema');
  return {
    rows: rows.length === 0 ? 'none' : rows.every((effect) => effect === 'reads') ? 'reads' : 'writes',
    tail: effects.slice(Math.max(last, 0)).some((effect) => effect !== 'none' && effect !== 'schema'),
  };
}

const NONE: ReadonlySet<string> = new Set();

export function statementEffects(
  text: string,
  ledger: ReadonlySet<string>,
  functions: ReadonlySet<string>,
): readonly Effect[] {
  return split(text).flatMap((statement) => effectsOf(statement, ledger, functions));
}

/** Does the text speak of one of the tables? */
export function speaksOf(text: string, tables: ReadonlySet<string>): boolean {
  return nameOneOf(tokenize(text) ?? [], tables);
}

/** As a table: columns may be called like it. */
function nameOneOf(tokens: readonly Token[], tables: ReadonlySet<string>): boolean {
  return tokens.some(({ kind, value }, i) => {
    if ((kind !== 'word' && kind !== 'ident') || !tables.has(value)) return false;
    const before = tokens[i - 1]?.value === '.' ? tokens[i - 3] : tokens[i - 1];
    return before?.kind === 'word' && BEFORE_TABLES.has(before.value);
  });
}

const BEFORE_TABLES = new Set('from into update join table exists only'.split(' '));

function split(text: string): readonly (readonly Token[])[] {
  const statements: Token[][] = [[]];
  for (const token of tokenize(text) ?? [{ kind: 'word', value: 'do', start: 0, end: 0, depth: 0 } as const]) {
    if (token.kind === 'symbol' && token.value === ';' && token.depth === 0) statements.push([]);
    else statements.at(-1)?.push(token);
  }
  return statements.filter((statement) => statement.length > 0);
}

function effectsOf(
  tokens: readonly Token[],
  ledger: ReadonlySet<string>,
  functions: ReadonlySet<string>,
): readonly Effect[] {
  const words = tokens.filter(({ kind }) => kind === 'word').map(({ value }) => value);
  const [first = ''] = words;
  if (NOTHING.has(first)) return ['none'];
  const own = nameOneOf(tokens, ledger);
  if (first === 'select' || first === 'values' || first === 'table' || first === 'with')
    return own ? ['none'] : [queried(tokens, words, functions)];
  if (WRITES.has(first)) return own ? ['none'] : ['writes'];
  if (first === 'do' || first === 'execute' || first === 'prepare' || first === 'explain') return ['anything'];
  // CREATE TABLE … AS, CREATE MATERIALIZED VIEW
  const copies = first === 'create' && words.includes('as') && (words[1] === 'table' || words.includes('materialized'));
  return copies ? ['schema', 'writes'] : ['schema'];
}

function queried(tokens: readonly Token[], words: readonly string[], functions: ReadonlySet<string>): Effect {
  if (words.some((word) => word === 'insert' || word === 'update' || word === 'delete' || word === 'merge'))
    return 'writes';
  if (words.includes('into')) return 'anything';
  const calls = tokens.filter(
    ({ kind }, i) =>
      (kind === 'word' || kind === 'ident') && tokens[i + 1]?.value === '(' && tokens[i + 1]?.kind === 'symbol',
  );
  const unknown = calls.some(({ value }) => !HARMLESS.test(value) && !GRAMMAR.has(value));
  if (calls.some(({ value }) => functions.has(value))) return 'anything';
  const sources = tokens.flatMap(({ kind, value }, i) =>
    kind === 'word' && (value === 'from' || value === 'join') ? [tokens[i + 1]?.value ?? ''] : [],
  );
  const catalogOnly = sources.every((name) => name.startsWith('pg_') || name === 'information_schema');
  if (unknown && catalogOnly) return 'anything';
  return catalogOnly ? 'none' : 'reads';
}

const GRAMMAR = new Set('in and or not as where on from any all array values with using by select'.split(' '));
