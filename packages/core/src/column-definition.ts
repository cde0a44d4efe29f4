/**
 * Takes a column definition apart: `varchar(100) NOT NULL DEFAULT '' REFERENCES orgs (id)` → type, default and what belongs to child
 * operations. The words that start a clause are reserved in PostgreSQL, so outside parentheses they can be nothing else
 * (manual: CREATE TABLE, column_constraint; appendix C). A test holds this against PostgreSQL's own parser.
 */
import { type ColumnType, readColumnType } from './column-type.js';
import { InvalidArgumentError } from './errors.js';
import { type Token, tokenize } from './lexer.js';
import { memo } from './memo.js';

/** A column without what hangs on it. Expressions are SQL text. */
export interface ColumnDefinition {
  readonly type: ColumnType;
  readonly collation: string | undefined;
  /** `STORAGE external` (PostgreSQL 16 and later). */
  readonly storage: string | undefined;
  /** `COMPRESSION lz4` (14 and later). */
  readonly compression: string | undefined;
  readonly notNull: boolean;
  readonly default: string | undefined;
  readonly generated: { readonly expression: string; readonly stored: boolean } | undefined;
  readonly identity: { readonly always: boolean; readonly options: string } | undefined;
}

/** What a definition carries besides the column. */
export interface ColumnConstraint {
  readonly kind: 'unique' | 'primary key' | 'check' | 'references';
  readonly name: string | undefined;
  /** The clause as written, without `CONSTRAINT name`. */
  readonly text: string;
  readonly tokens: readonly Token[];
}

interface Clause {
  readonly keyword: string;
  readonly tokens: readonly Token[];
}

interface ParsedDefinition {
  readonly column: ColumnDefinition;
  readonly constraints: readonly ColumnConstraint[];
}

/** Reads a definition. Throws `InvalidArgumentError` for text that is not one. */
export function parseColumnDefinition(operation: string, target: string, text: string): ParsedDefinition {
  const parsed = readDefinition(text);
  if (parsed === null) throw unreadable(operation, target, text);
  return parsed;
}

const readDefinition: (text: string) => ParsedDefinition | null = memo((text) => {
  const tokens = tokenize(text);
  if (tokens === null || tokens.length === 0 || tokens.some(endsDefinition)) return null;
  const [head, ...clauses] = splitClauses(tokens);
  const type = head === undefined ? null : readColumnType(text, head.tokens);
  if (type === null || !clauses.every(isComplete) || saysTwice(clauses)) return null;
  const one = (keyword: string): Clause | undefined => clauses.find((c) => c.keyword === keyword);
  const word = (keyword: string): string | undefined => one(keyword)?.tokens[1]?.value;
  const collate = one('collate');
  const byDefault = one('default');
  return {
    column: {
      type,
      collation: collate === undefined ? undefined : source(text, collate.tokens.slice(1)),
      storage: word('storage')?.toLowerCase(),
      compression: word('compression'),
      notNull: type.serial || clauses.some((c) => c.keyword === 'not'),
      default: byDefault === undefined ? undefined : nullToNothing(source(text, byDefault.tokens.slice(1))),
      ...readGenerated(text, one('generated')),
    },
    constraints: readConstraints(text, clauses),
  };
});

/** Two defaults or two collations: the server would refuse them, too. */
function saysTwice(clauses: readonly Clause[]): boolean {
  return ['collate', 'default', 'generated', 'storage', 'compression'].some(
    (keyword) => clauses.filter((c) => c.keyword === keyword).length > 1,
  );
}

/** The definition again as text, without the constraints that child operations make. */
export function printColumnDefinition(column: ColumnDefinition): string {
  const { type, storage, compression, collation, generated, identity } = column;
  return [
    type.written,
    storage === undefined ? '' : `STORAGE ${storage}`,
    compression === undefined ? '' : `COMPRESSION ${compression}`,
    collation === undefined ? '' : `COLLATE ${collation}`,
    generated === undefined
      ? ''
      : `GENERATED ALWAYS AS (${generated.expression}) ${generated.stored ? 'STORED' : 'VIRTUAL'}`,
    identity === undefined
      ? ''
      : `GENERATED ${identity.always ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY${identity.options}`,
    column.default === undefined ? '' : `DEFAULT ${column.default}`,
    column.notNull ? 'NOT NULL' : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** A comma or semicolon would start something else: another action of ALTER TABLE, another statement. */
function endsDefinition({ kind, value, depth }: Token): boolean {
  return kind === 'symbol' && (value === ';' || (value === ',' && depth === 0));
}

const STARTS = new Set([
  'storage',
  'compression',
  'collate',
  'constraint',
  'not',
  'null',
  'default',
  'check',
  'unique',
  'primary',
  'references',
  'generated',
]);

/** What CONSTRAINT gives a name to. */
const NAMED = new Set(['unique', 'primary', 'check', 'references']);

function splitClauses(tokens: readonly Token[]): readonly Clause[] {
  const clauses: { keyword: string; tokens: Token[] }[] = [{ keyword: 'type', tokens: [] }];
  let cases = 0; // CASE … END needs no parentheses around it
  tokens.forEach((token, i) => {
    const last = clauses.at(-1) as { keyword: string; tokens: Token[] };
    if (token.kind === 'word' && token.value === 'case') cases += 1;
    if (token.kind === 'word' && token.value === 'end') cases -= 1;
    if (cases === 0 && startsClause(token, i, tokens, last)) clauses.push({ keyword: token.value, tokens: [token] });
    else last.tokens.push(token);
  });
  return clauses;
}

function startsClause(token: Token, i: number, tokens: readonly Token[], open: Clause): boolean {
  if (token.kind !== 'word' || token.depth > 0 || !STARTS.has(token.value)) return false;
  const before = tokens[i - 1];
  const after = tokens[i + 1];
  // No reserved words, but nothing else can follow a type and be followed by a word.
  if (token.value === 'storage' || token.value === 'compression')
    return i > 0 && (after?.kind === 'word' || after?.kind === 'ident');
  if (token.value === 'null') {
    // `NOT NULL` ends here; `DEFAULT NULL`, `SET NULL`, `MATCH …` and `UNIQUE NULLS` are no clauses of their own.
    return !(before?.value === 'not' || before?.value === 'default' || before?.value === 'set');
  }
  if (token.value === 'default') return before?.value !== 'by' && before?.value !== 'set';
  if (token.value === 'not') {
    // `NOT DEFERRABLE`, `NOT ENFORCED`, `UNIQUE NULLS NOT DISTINCT`, `a IS NOT DISTINCT FROM b`
    return after?.value === 'null' && before?.value !== 'is';
  }
  if (token.value === 'generated') return after?.value === 'always' || after?.value === 'by';
  // `CONSTRAINT name CHECK (…)` is one clause.
  if (open.keyword === 'constraint' && open.tokens.length === 2) return false;
  return true;
}

/** False for clauses with something behind them that belongs nowhere, such as `NOT NULL foo`. */
function isComplete({ keyword, tokens }: Clause): boolean {
  if (keyword === 'null') return tokens.length === 1;
  if (keyword === 'not') return tokens.length === 2;
  if (keyword === 'storage' || keyword === 'compression') {
    // In quotes or not; it is printed without, where DEFAULT would be a keyword.
    const value = tokens[1]?.value ?? '';
    return tokens.length === 2 && /^[a-z0-9_]+$/i.test(value) && value !== 'default';
  }
  if (keyword === 'generated') return tokens.some((t) => t.kind === 'word' && t.value === 'as');
  // `CONSTRAINT name NOT NULL`, a name that PostgreSQL keeps from 18 on: neither name nor clause may be lost.
  if (keyword === 'constraint') return NAMED.has(tokens[2]?.value ?? '');
  return tokens.length > 1 || keyword === 'type' || keyword === 'unique';
}

function readGenerated(text: string, clause: Clause | undefined): Pick<ColumnDefinition, 'generated' | 'identity'> {
  if (clause === undefined) return { generated: undefined, identity: undefined };
  const { tokens } = clause;
  const always = tokens[1]?.value === 'always';
  const as = tokens.findIndex((t) => t.value === 'as' && t.depth === 0);
  if (tokens[as + 1]?.value === 'identity') {
    const options = source(text, tokens.slice(as + 2));
    return { generated: undefined, identity: { always, options: options === '' ? '' : ` ${options}` } };
  }
  const close = tokens.findIndex((t, i) => i > as && t.kind === 'symbol' && t.value === ')' && t.depth === 1);
  return {
    generated: {
      expression: source(text, tokens.slice(as + 2, close)),
      // PostgreSQL 18 takes VIRTUAL when nothing is said, older servers demand STORED.
      stored: tokens.slice(close).some((t) => t.value === 'stored'),
    },
    identity: undefined,
  };
}

function readConstraints(text: string, clauses: readonly Clause[]): readonly ColumnConstraint[] {
  const constraints: ColumnConstraint[] = [];
  for (const clause of clauses) {
    const named = clause.keyword === 'constraint';
    const tokens = named ? clause.tokens.slice(2) : clause.tokens;
    const word = tokens[0]?.value;
    const kind = word === 'primary' ? 'primary key' : word;
    if (kind !== 'unique' && kind !== 'primary key' && kind !== 'check' && kind !== 'references') continue;
    constraints.push({ kind, name: named ? clause.tokens[1]?.value : undefined, text: source(text, tokens), tokens });
  }
  return constraints;
}

function source(text: string, tokens: readonly Token[]): string {
  const first = tokens[0];
  const last = tokens.at(-1);
  return first === undefined || last === undefined ? '' : text.slice(first.start, last.end);
}

function nullToNothing(expression: string): string | undefined {
  return expression.toLowerCase() === 'null' ? undefined : expression;
}

function unreadable(operation: string, target: string, text: string): InvalidArgumentError {
  return new InvalidArgumentError({
    operation,
    target,
    happened: `this does not read as a column definition: ${JSON.stringify(text)}`,
    hint: "Write the type and what follows it in ADD COLUMN, for example 'varchar(100) NOT NULL DEFAULT '''''.",
  });
}
